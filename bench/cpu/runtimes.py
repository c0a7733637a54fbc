"""ONNX Runtime and OpenVINO in Python for `npm run bench:cpu`.

    python bench/cpu/runtimes.py prepare MODEL               ONNX Runtime's own BERT optimiser and quantisation
    python bench/cpu/runtimes.py serve MODEL THREADS NAME    answers commands, one line of JSON each

MODEL is a folder written by bench/cpu/export.ts; `prepare` needs the package `onnx`. NAME is onnxruntime-fp32,
onnxruntime-int8, openvino or openvino-int8. A question is answered as by Hugging Face's pipeline by default: windows of
384 pieces that overlap by 128, one after the other, the best span of at most 15 pieces; `tokenizers` gives the pieces
and their places.
"""

import importlib.util
import json
import pathlib
import sys
import time

import numpy as np

LENGTH, STRIDE, LONGEST_ANSWER = 384, 128, 15


def prepare(folder):
    """Writes onnx/optimised.onnx and onnx/optimised_int8.onnx next to the exported graph."""
    missing = [name for name in ("onnx", "sympy") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"Without {' and '.join(missing)} the graph is used as exported.", file=sys.stderr)
        return
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    config = json.loads((folder / "config.json").read_text())
    made = folder / "onnx"
    optimised = optimizer.optimize_model(
        str(made / "model.onnx"),
        model_type="bert",
        opt_level=0,
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
        optimization_options=FusionOptions("bert"),
    )
    fused = optimised.get_fused_operator_statistics()
    print(json.dumps({k: v for k, v in fused.items() if v}), file=sys.stderr)
    optimised.save_model_to_file(str(made / "optimised.onnx"))
    quantize_dynamic(
        str(made / "optimised.onnx"),
        str(made / "optimised_int8.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def onnxruntime_runner(folder, threads, precision):
    import onnxruntime

    plain, optimised = {"fp32": ("model", "optimised"), "int8": ("model_quantized", "optimised_int8")}[precision]
    chosen = optimised if (folder / "onnx" / f"{optimised}.onnx").exists() else plain
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        str(folder / "onnx" / f"{chosen}.onnx"), options, providers=["CPUExecutionProvider"]
    )
    kinds = {i.name: np.int64 if "64" in i.type else np.int32 for i in session.get_inputs()}
    how = "its own optimiser" if chosen == optimised else "as exported"
    return (
        lambda given: session.run(
            ["start_logits", "end_logits"], {k: given[k].astype(t, copy=False) for k, t in kinds.items()}
        ),
        f"ONNX Runtime {onnxruntime.__version__} in Python ({how})",
    )


def openvino_runner(folder, threads, name):
    import openvino

    graph = "model_quantized" if name.endswith("int8") else "model"
    compiled = openvino.Core().compile_model(
        str(folder / "onnx" / f"{graph}.onnx"), "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    )
    kind = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    request = compiled.create_infer_request()

    def run(given):
        request.infer(given, share_inputs=True)
        return [request.get_tensor(compiled.output(name)).data for name in ("start_logits", "end_logits")]

    return run, f"OpenVINO {openvino.__version__.split('-')[0]} ({kind}{', 8-bit weights' if graph != 'model' else ''})"


def batch(count, length):
    i = np.arange(count * length)
    ids = (1000 + i * 7919 % 20000).reshape(count, length)
    segments = (i % length > 16).astype(np.int64).reshape(count, length)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments}


def best_answer(run, tokenizer, question, text):
    first = tokenizer.encode(question, text)
    best = (-1.0, None)
    windows = [first, *first.overflowing]
    for window in windows:
        ids = np.array([window.ids], np.int64)
        segments = np.array([window.type_ids], np.int64)
        start, end = run({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments})
        asked = np.array([s != 1 for s in window.sequence_ids])
        start, end = (np.where(asked, -1e4, x[0]) for x in (start, end))
        start, end = (np.exp(x - x.max()) for x in (start, end))
        scores = np.triu(np.outer(start / start.sum(), end / end.sum()))
        scores = np.tril(scores, LONGEST_ANSWER - 1)
        s, e = np.unravel_index(scores.argmax(), scores.shape)
        if scores[s, e] > best[0]:
            begin, stop = window.offsets[s][0], window.offsets[e][1]
            best = (float(scores[s, e]), {"text": text[begin:stop], "start": begin})
    return best[1], len(windows)


def serve(folder, threads, name):
    kind = name.split("-")[-1]
    run, versions = (
        openvino_runner(folder, threads, name)
        if name.startswith("openvino")
        else onnxruntime_runner(folder, threads, kind)
    )
    tokenizer = None
    if importlib.util.find_spec("tokenizers"):
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(LENGTH, stride=STRIDE, strategy="only_second")
    say = lambda message: print(json.dumps(message), flush=True)  # noqa: E731
    say({"ready": True, "versions": versions})
    for line in sys.stdin:
        order = json.loads(line)
        if "question" in order and tokenizer is None:
            say({"skipped": "the package `tokenizers` is not installed"})
            continue
        if "question" in order:
            work = lambda: best_answer(run, tokenizer, order["question"], order["text"])  # noqa: E731
        else:
            given = batch(order["count"], order["length"])
            work = lambda: run(given)  # noqa: E731
        ms = []
        for i in range(order["warmUps"] + order["calls"]):
            began = time.perf_counter()
            last = work()
            if i >= order["warmUps"]:
                ms.append((time.perf_counter() - began) * 1e3)
        say({"ms": ms, "answer": last[0], "windows": last[1]} if "question" in order else {"ms": ms})


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(pathlib.Path(sys.argv[2]))
    else:
        serve(pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
