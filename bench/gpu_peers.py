"""PyTorch on the same weights and the same GPU: eager with SDPA, and torch.compile with CUDA graphs, in FP16.

    gpu_peers.py MODELS LENGTHS BATCHES [SECONDS]      e.g. work/large,work/base 128,384 1,8,32,128

MODELS are folders in Hugging Face's layout. Times are milliseconds of one forward pass between two CUDA events, with
full windows, 100 warm-up runs and 1,000 timed runs (fewer if they would take more than ten seconds). The last line is
JSON:
{"versions": {...}, "cells": [{"peer", "model", "length", "batch", "runs", "average", "p95", "p99"}]}.
"""

import json
import os
import sys
import time

import torch
import transformers
from transformers import BertForQuestionAnswering


def measure(run, model, length, batch, peer):
    run()
    torch.cuda.synchronize()

    def times(count):
        out = []
        for _ in range(count):
            before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            before.record()
            run()
            after.record()
            after.synchronize()
            out.append(before.elapsed_time(after))
        return sorted(out)

    guess = times(10)[5]
    times(min(100, max(5, int(2000 / guess))))
    runs = max(20, min(1000, int(10000 / guess)))
    sorted_times = times(runs)
    cell = {
        **{"peer": peer, "model": model, "length": length, "batch": batch, "runs": runs},
        "average": sum(sorted_times) / runs,
        "p95": sorted_times[int(0.95 * runs)],
        "p99": sorted_times[int(0.99 * runs)],
    }
    print(f"{peer} {model} {length} x {batch}: {cell['average']:.3f} ms", flush=True)
    return cell


def main():
    folders = sys.argv[1].split(",")
    lengths = [int(n) for n in sys.argv[2].split(",")]
    batches = [int(n) for n in sys.argv[3].split(",")]
    limit = time.monotonic() + float(sys.argv[4]) if len(sys.argv) > 4 else float("inf")
    cells = []
    for folder in folders:
        name = os.path.basename(os.path.normpath(folder))
        model = BertForQuestionAnswering.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float16)
        model = model.eval().cuda()
        for length in lengths:
            for batch in batches:
                if time.monotonic() > limit:
                    break
                ids = torch.randint(0, model.config.vocab_size, (batch, length), device="cuda")
                types = torch.ones_like(ids)
                mask = torch.ones_like(ids)
                torch._dynamo.reset()
                compiled = torch.compile(model, mode="reduce-overhead", dynamic=False)
                with torch.inference_mode():
                    for peer, call in (("torch eager", model), ("torch.compile", compiled)):
                        run = lambda: call(input_ids=ids, token_type_ids=types, attention_mask=mask)
                        cells.append(measure(run, name, length, batch, peer))
        del model
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    versions["device"] = torch.cuda.get_device_name()
    print(json.dumps({"versions": versions, "cells": cells}))


main()
