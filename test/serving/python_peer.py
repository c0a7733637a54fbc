"""The exported folder in Python: tokenizers and ONNX Runtime, without Ask BERT.

Usage: python_peer.py FOLDER answers WINDOWS.json, which prints the span of each window, or
python_peer.py FOLDER rate WINDOWS.json ROWS THREADS, which prints windows a second in this process.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

LONGEST = 30


def session_of(folder: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(folder / "onnx" / "model.onnx"), options, providers=["CPUExecutionProvider"])


def feed(ids: np.ndarray, types: np.ndarray) -> dict[str, np.ndarray]:
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}


def best_span(start: np.ndarray, end: np.ndarray, first: int) -> list[int]:
    best = (first, first)
    for s in range(first, len(start) - 1):
        for e in range(s, min(s + LONGEST, len(end) - 1)):
            if start[s] + end[e] > start[best[0]] + end[best[1]]:
                best = (s, e)
    return list(best)


def answers(folder: Path, windows: list[dict]) -> list[dict]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = session_of(folder, 1)
    results = []
    for window in windows:
        encoded = tokenizer.encode(window["question"], window["passage"])
        ids = np.array([encoded.ids], dtype=np.int64)
        types = np.array([encoded.type_ids], dtype=np.int64)
        start, end = session.run(None, feed(ids, types))
        results.append({"ids": encoded.ids, "span": best_span(start[0], end[0], encoded.ids.index(102) + 1)})
    return results


def rate(folder: Path, windows: list[dict], rows: int, threads: int) -> float:
    session = session_of(folder, threads)
    ids = np.array([window["ids"] for window in windows], dtype=np.int64)
    types = np.array([window["types"] for window in windows], dtype=np.int64)
    session.run(None, feed(ids[:1], types[:1]))
    began = time.perf_counter()
    for at in range(0, len(ids), rows):
        session.run(None, feed(ids[at : at + rows], types[at : at + rows]))
    return len(ids) / (time.perf_counter() - began)


def main() -> None:
    folder, what, file = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    windows = json.loads(file.read_text(encoding="utf-8"))
    if what == "answers":
        print(json.dumps(answers(folder, windows)))
    else:
        print(rate(folder, windows, int(sys.argv[4]), int(sys.argv[5])))


main()
