#!/usr/bin/env python3
"""Speed of Hugging Face tokenizers (Rust), one thread, on the texts of bench/tokenizer.ts. tokenizers 0.23.3.

python bench/tokenizer_hf.py --data DIR [--vocab models/default/vocab.txt] [--json]
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "test/reference"))
import tokenizers
from tokenizer_squad import OPTIONS, reference, squad_contexts
from tokenizers.models import WordPiece

ROUNDS = 5


def best(work):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=".")
    parser.add_argument("--vocab", default="models/default/vocab.txt")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tokenizer = reference(WordPiece.read_file(arguments.vocab), OPTIONS[0])
    contexts = list(dict.fromkeys(squad_contexts(arguments.data)))
    whole = "\n".join(contexts)
    each_bytes = sum(len(context.encode()) for context in contexts)
    result = {
        "tokenizers": tokenizers.__version__,
        "contexts": len(contexts),
        "pieces": len(tokenizer.encode(whole)),
        "wholeMBps": len(whole.encode()) / 1e6 / best(lambda: tokenizer.encode(whole)),
        "eachMBps": each_bytes / 1e6 / best(lambda: [tokenizer.encode(context) for context in contexts]),
        "batchMBps": each_bytes / 1e6 / best(lambda: tokenizer.encode_batch(contexts)),
        "fastBatchMBps": each_bytes / 1e6 / best(lambda: tokenizer.encode_batch_fast(contexts)),
    }
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:13} {value if isinstance(value, (int, str)) else round(value, 3)}")


if __name__ == "__main__":
    main()
