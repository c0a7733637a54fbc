"""The runtimes that the CPU engine is compared with, on the same model and windows.

    python bench/peers.py MODEL THREADS ROUNDS [WORK_FOLDER]

Runs, on windows of 384 pieces, one and eight at a time: ONNX Runtime on the model exported by torch and optimised by
onnxruntime.transformers (FP32, and quantised by quantize_dynamic with 8-bit weights per channel), OpenVINO in BF16 and
torch in BF16. Prints one JSON object {name: [milliseconds, ...]} with the versions.
Pinned: torch 2.15.0, transformers 5.23.0, onnxruntime 1.32.0, onnx, openvino 2026.4.1, safetensors, numpy.
"""

import json
import pathlib
import sys
import tempfile
import time

import numpy as np
import onnxruntime
import openvino
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForQuestionAnswering

LENGTH = 384


def load(folder):
    """BertForQuestionAnswering in FP32 from a folder, 8-bit rows expanded."""
    fields = json.loads((folder / "config.json").read_text())
    suffix = fields.pop("quantization_config", {}).get("scale_suffix", "_scale")
    model = BertForQuestionAnswering(BertConfig(**fields, attn_implementation="eager")).eval()
    stored = load_file(folder / "model.safetensors")
    state = {
        k: v.float() * stored[k + suffix][:, None] if v.dtype == torch.int8 else v.float()
        for k, v in stored.items()
        if not k.endswith(suffix)
    }
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not [k for k in missing if "position_ids" not in k], missing
    assert not [k for k in unexpected if "pooler" not in k], unexpected
    return model


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask, segments):
        out = self.model(input_ids=ids, attention_mask=mask, token_type_ids=segments)
        return out.start_logits, out.end_logits


def export(model, work):
    """The optimised FP32 graph and its dynamic 8-bit form."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    ids = torch.randint(1000, 20000, (2, 32))
    names = ["input_ids", "attention_mask", "token_type_ids", "start", "end"]
    torch.onnx.export(
        Logits(model),
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(work / "model.onnx"),
        input_names=names[:3],
        output_names=names[3:],
        opset_version=17,
        dynamo=False,
        dynamic_axes={k: {0: "batch", 1: "length"} for k in names},
    )
    c = model.config
    optimised = optimizer.optimize_model(
        str(work / "model.onnx"),
        model_type="bert",
        num_heads=c.num_attention_heads,
        hidden_size=c.hidden_size,
        opt_level=1,
    )
    optimised.save_model_to_file(str(work / "fp32.onnx"))
    import onnx

    quantize_dynamic(
        str(work / "fp32.onnx"),
        str(work / "int8.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def batch(count):
    i = np.arange(count * LENGTH)
    ids = (1000 + i * 7919 % 20000).reshape(count, LENGTH)
    segments = (i % LENGTH > 16).astype(np.int64).reshape(count, LENGTH)
    return ids, np.ones_like(ids), segments


def measure(run, rounds, times, name):
    for count in (1, 8):
        inputs = batch(count)
        for _ in range(3):
            run(*inputs)
        times[f"{name} x{count}"] = []
        for _ in range(max(1, rounds // count)):
            began = time.perf_counter()
            run(*inputs)
            times[f"{name} x{count}"].append((time.perf_counter() - began) * 1e3)


def main():
    folder, threads, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    work = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else pathlib.Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    model = load(folder)
    if not (work / "int8.onnx").exists():
        export(model, work)
    times = {}
    for precision in ("fp32", "int8"):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(
            str(work / f"{precision}.onnx"), options, providers=["CPUExecutionProvider"]
        )
        kinds = {i.name: np.int64 if "64" in i.type else np.int32 for i in session.get_inputs()}
        order = dict(zip(["input_ids", "attention_mask", "token_type_ids"], range(3)))
        measure(
            lambda *a: session.run(None, {k: a[order[k]].astype(t) for k, t in kinds.items()}),
            rounds,
            times,
            f"ONNX Runtime Python {precision}",
        )
    compiled = openvino.Core().compile_model(
        str(work / "model.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": threads}
    )
    measure(lambda *a: compiled(list(a)), rounds, times, "OpenVINO bf16")
    half = BertForQuestionAnswering(BertConfig(**{**model.config.to_dict(), "attn_implementation": "sdpa"})).eval()
    half.load_state_dict(model.state_dict())
    half = half.to(torch.bfloat16)

    @torch.inference_mode()
    def run_torch(ids, mask, segments):
        half(input_ids=torch.from_numpy(ids), token_type_ids=torch.from_numpy(segments))

    measure(run_torch, rounds, times, "torch bf16")
    versions = {"onnxruntime": onnxruntime.__version__, "openvino": openvino.__version__, "torch": torch.__version__}
    print(json.dumps({"times": times, "versions": versions}))


if __name__ == "__main__":
    main()
