#!/usr/bin/env python3
"""Reference answers for a SQuAD file: Hugging Face BertForQuestionAnswering in FP32 on the CPU.

Same windows and same rules for spans as Ask BERT, written down a second time from their definition, so that
`ask-bert squad FILE --precision fp32 --out ours.json --details` can be compared answer by answer:

    python squad_reference.py FILE --model models/default --out reference.json --compare ours.json

Pinned to what it was written with:
    python 3.11, numpy 2.4.6, torch 2.15.0 (CPU), transformers 5.23.0, tokenizers 0.23.3, safetensors 0.8.0

The rules:
- A question is cut after 64 pieces (or half of a shorter model); windows hold max_seq_length pieces at most and share doc_stride;
  there are as few as possible, of one length.
- A span starts at a piece that has its maximum context in this window: min(left, right) + 0.01 * window length,
  counted in context pieces, is largest there; the earlier window wins a tie.
- A span has at most 30 pieces; its score is start logit + end logit; the best over all windows is the answer, the
  earlier one in a tie. It is widened to whole words (words of BERT's basic tokeniser).
- Null score: the smallest sum of both logits at [CLS] over the windows.
Offsets in the output count UTF-16 units, as everywhere in Ask BERT.
"""

import argparse
import collections
import json
import re
import string
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertForQuestionAnswering


def load_model(folder: Path) -> tuple[BertForQuestionAnswering, dict]:
    """The model in FP32. I8 tensors are stored with one scale for each row, under `<name>_scale`: w = q * scale[row]."""
    config = json.loads((folder / "config.json").read_text())
    own = config.pop("ask_bert", {})
    config.pop("quantization_config", None)
    state = {}
    with safe_open(folder / "model.safetensors", "pt") as file:
        names = set(file.keys())
        for name in names:
            tensor = file.get_tensor(name)
            if tensor.dtype == torch.int8:
                scale = file.get_tensor(f"{name}_scale").float()
                tensor = tensor.float() * scale.reshape(-1, *[1] * (tensor.dim() - 1))
            elif name.endswith("_scale") and name.removesuffix("_scale") in names:
                continue
            state[name] = tensor.float()
    model = BertForQuestionAnswering(BertConfig(**config))
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if "position_ids" not in name]
    if missing:
        sys.exit(f"{folder}: missing tensors {missing}")
    if unexpected:
        print(f"not used: {unexpected}", file=sys.stderr)
    return model.eval(), {**config, **own}


def load_tokenizer(folder: Path, config: dict) -> Tokenizer:
    """BERT's tokeniser as Hugging Face has it; special pieces written in a text are plain text."""
    file = folder / "tokenizer_config.json"
    options = {**config, **(json.loads(file.read_text()) if file.exists() else {})}
    lower = options.get("do_lower_case", True)
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    if vocabulary[-1] == "":
        vocabulary.pop()
    pieces = {piece.rstrip("\r"): i for i, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=options.get("tokenize_chinese_chars", True),
        strip_accents=options.get("strip_accents"),
        lowercase=lower,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


class Context:
    """A paragraph: pieces, their places in UTF-16 units, and the word that each belongs to."""

    def __init__(self, tokenizer: Tokenizer, text: str):
        encoding = tokenizer.encode(text, add_special_tokens=False)
        self.text = text
        self.ids = encoding.ids
        self.words = encoding.word_ids
        self.offsets = encoding.offsets
        units = np.fromiter((1 + (ord(c) > 0xFFFF) for c in text), np.int64, len(text))
        self.utf16 = np.concatenate([[0], np.cumsum(units)])

    def widen(self, first: int, last: int) -> tuple[int, int]:
        while first > 0 and self.words[first - 1] == self.words[first]:
            first -= 1
        while last + 1 < len(self.ids) and self.words[last + 1] == self.words[last]:
            last += 1
        return first, last


def plan_windows(pieces: int, room: int, stride: int) -> list[tuple[int, int]]:
    """Begin and end (context pieces) of the windows: as few as their overlap allows, all of one length but the last."""
    if pieces == 0:
        return []
    count = 1
    while count * room - (count - 1) * stride < pieces:
        count += 1
    length = -(-(pieces + (count - 1) * stride) // count)
    begins = [w * (length - stride) for w in range(count)]
    return [(begin, min(begin + length, pieces)) for begin in begins]


def owners(windows: list[tuple[int, int]], pieces: int) -> np.ndarray:
    """[pieces] the window in which each piece has its maximum context."""
    best = np.full(pieces, -np.inf)
    owner = np.zeros(pieces, np.int64)
    for w, (begin, end) in enumerate(windows):
        left = np.arange(end - begin)
        score = np.minimum(left, end - begin - 1 - left) + 0.01 * (end - begin)
        part = slice(begin, end)
        better = score > best[part]
        owner[part][better] = w
        best[part][better] = score[better]
    return owner


class Question:
    """One question with its windows; takes their logits in order and keeps the best span."""

    def __init__(self, qa: dict, context: Context, query: list[int], settings: dict):
        self.id = qa["id"]
        self.golds = [answer["text"] for answer in qa.get("answers", [])]
        self.context = context
        limit = min(64, (settings["max_seq_length"] - 3) // 2)
        self.query = query[:limit]
        room = settings["max_seq_length"] - 3 - len(self.query)
        self.windows = plan_windows(len(context.ids), room, settings["doc_stride"])
        self.owner = owners(self.windows, len(context.ids))
        self.max_answer = settings["max_answer_length"]
        self.top = settings["top"]
        self.logits: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def row(self, w: int, cls: int, sep: int) -> tuple[list[int], list[int]]:
        begin, end = self.windows[w]
        ids = [cls, *self.query, sep, *self.context.ids[begin:end], sep]
        return ids, [0] * (len(self.query) + 2) + [1] * (end - begin + 1)

    def result(self) -> dict:
        best = None
        null = np.inf
        for w, (begin, end) in enumerate(self.windows):
            # Doubles, so that a sum of two single-precision logits is exact and ties are ties.
            start, stop = (logits.astype(np.float64) for logits in self.logits[w])
            null = min(null, start[0] + stop[0])
            part = slice(len(self.query) + 2, len(self.query) + 2 + end - begin)
            start, stop = start[part], stop[part]
            own = self.owner[begin:end] == w
            score = np.where(own[:, None], start[:, None] + stop[None, :], -np.inf)
            length = np.arange(end - begin)[None, :] - np.arange(end - begin)[:, None]
            score[(length < 0) | (length >= self.max_answer)] = -np.inf
            if self.top:
                keep = np.zeros_like(score, bool)
                starts = np.argsort(-np.where(own, start, -np.inf), kind="stable")[: self.top]
                ends = np.argsort(-stop, kind="stable")[: self.top]
                keep[np.ix_(starts, ends)] = True
                score[~keep] = -np.inf
            # The first maximum in reading order: the earlier start, then the earlier end.
            index = int(np.argmax(score))
            value = score.flat[index]
            if np.isfinite(value) and (best is None or value > best[0]):
                best = (float(value), begin + index // score.shape[1], begin + index % score.shape[1])
        if best is None:
            return {"text": "", "start": -1, "end": -1, "score": 0.0, "null": 0.0}
        score, first, last = best
        first, last = self.context.widen(first, last)
        begin, end = self.context.offsets[first][0], self.context.offsets[last][1]
        utf16 = self.context.utf16
        return {
            "text": self.context.text[begin:end],
            "start": int(utf16[begin]),
            "end": int(utf16[end]),
            "score": score,
            "null": float(null),
        }


def run(model: BertForQuestionAnswering, questions: list[Question], special: dict, batch_pieces: int) -> None:
    """Fills in the logits. Rows of equal length go together, so that there is no padding that could change a bit."""
    rows = [(question, w) for question in questions for w in range(len(question.windows))]

    def size(row: tuple[Question, int]) -> int:
        question, w = row
        begin, end = question.windows[w]
        return len(question.query) + 3 + end - begin

    rows.sort(key=size)
    done = 0
    began = time.time()
    while done < len(rows):
        length = size(rows[done])
        batch = []
        while done < len(rows) and size(rows[done]) == length and (len(batch) + 1) * length <= max(batch_pieces, length):
            batch.append(rows[done])
            done += 1
        pairs = [question.row(w, special["[CLS]"], special["[SEP]"]) for question, w in batch]
        with torch.inference_mode():
            out = model(
                input_ids=torch.tensor([ids for ids, _ in pairs]),
                token_type_ids=torch.tensor([segments for _, segments in pairs]),
                attention_mask=torch.ones(len(pairs), length, dtype=torch.long),
            )
        start, end = out.start_logits.numpy(), out.end_logits.numpy()
        for i, (question, w) in enumerate(batch):
            question.logits[w] = (start[i], end[i])
        if sys.stderr.isatty():
            rate = done / (time.time() - began)
            print(f"\r{done}/{len(rows)} windows, {rate:.0f}/s ", end="", file=sys.stderr)


# The metrics of the official evaluation scripts.
def normalize(text: str) -> str:
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1_of(prediction: str, gold: str, version_2: bool) -> float:
    found, expected = normalize(prediction).split(), normalize(gold).split()
    if version_2 and (not found or not expected):
        return float(found == expected)
    same = sum((collections.Counter(found) & collections.Counter(expected)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(found), same / len(expected)
    return 2 * precision * recall / (precision + recall)


def metrics_of(questions: list[Question], results: dict, version_2: bool, threshold: float) -> dict:
    rows = []
    for question in questions:
        result = results[question.id]
        golds = question.golds
        if version_2:
            golds = [gold for gold in golds if normalize(gold)]
        golds = golds or [""]
        odds = result["null"] - result["score"] if result["start"] >= 0 else 1e6
        guess = result["text"]
        prediction = "" if version_2 and odds > threshold else guess
        scores = {}
        for name, text in (("", prediction), ("guess_", guess)):
            scores[f"{name}exact"] = max(float(normalize(text) == normalize(gold)) for gold in golds)
            scores[f"{name}f1"] = max(f1_of(text, gold, version_2) for gold in golds)
        rows.append((bool(question.golds), odds, guess, scores))

    def mean(part: list, key: str) -> float:
        return 100 * sum(row[3][key] for row in part) / len(part)

    if not version_2:
        return {"exact_match": mean(rows, "exact"), "f1": mean(rows, "f1"), "total": len(rows)}
    metrics = {"exact": mean(rows, "exact"), "f1": mean(rows, "f1"), "total": len(rows)}
    for name, part in (("HasAns", [r for r in rows if r[0]]), ("NoAns", [r for r in rows if not r[0]])):
        if part:
            metrics |= {f"{name}_exact": mean(part, "exact"), f"{name}_f1": mean(part, "f1"), f"{name}_total": len(part)}
    for key in ("exact", "f1"):
        current = best = sum(not row[0] for row in rows)
        at = 0.0
        for has_answer, odds, guess, scores in sorted(rows, key=lambda row: row[1]):
            current += scores[f"guess_{key}"] if has_answer else -1 if guess else 0
            if current > best:
                best, at = current, odds
        metrics |= {f"best_{key}": 100 * best / len(rows), f"best_{key}_thresh": at}
    return metrics


def compare(reference: dict, file: Path) -> None:
    """Prints how many answers are the same span, and the first that are not."""
    ours = json.loads(file.read_text())
    common = [id for id in reference if id in ours]
    different = [id for id in common if any(reference[id][key] != ours[id][key] for key in ("start", "end", "text"))]
    same = len(common) - len(different)
    print(f"same answer: {same} of {len(common)} ({100 * same / max(1, len(common)):.3f} %)")
    for name in ("score", "null"):
        differences = [abs(reference[id][name] - ours[id][name]) for id in common]
        if differences:
            print(f"largest difference of {name}: {max(differences):.6f}")
    for id in different[:10]:
        print(f"  {id}: reference {reference[id]}\n  {' ' * len(id)}  ours      {ours[id]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path, help="a SQuAD file (JSON)")
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--out", type=Path, help="write {id: {text, start, end, score, null}} to this file")
    parser.add_argument("--compare", type=Path, help="predictions of `ask-bert squad --out ... --details`")
    parser.add_argument("--version-2", action="store_true", help="metrics of v2.0")
    parser.add_argument("--limit", type=int, help="only the first N questions")
    parser.add_argument("--threshold", type=float, help="no answer above this null score - score (default: the model's)")
    parser.add_argument("--max-seq-length", type=int, help="default: the model's, else 384")
    parser.add_argument("--doc-stride", type=int, help="default: the model's, else 44")
    parser.add_argument("--max-answer-length", type=int, default=30)
    parser.add_argument("--top", type=int, default=0, help="only the best N starts and ends of a window (0: all)")
    parser.add_argument("--batch-pieces", type=int, default=4096)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)

    model, config = load_model(args.model)
    tokenizer = load_tokenizer(args.model, config)
    longest = min(384, config["max_position_embeddings"])
    settings = {
        "max_seq_length": args.max_seq_length or config.get("max_seq_length", longest),
        "doc_stride": config.get("doc_stride", 44) if args.doc_stride is None else args.doc_stride,
        "max_answer_length": args.max_answer_length,
        "top": args.top,
    }
    special = {piece: tokenizer.token_to_id(piece) for piece in ("[CLS]", "[SEP]")}

    questions = []
    for article in json.loads(args.file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            if args.limit and len(questions) >= args.limit:
                break
            context = Context(tokenizer, paragraph["context"])
            for qa in paragraph["qas"]:
                query = tokenizer.encode(qa["question"], add_special_tokens=False).ids
                questions.append(Question(qa, context, query, settings))
    questions = questions[: args.limit]
    run(model, questions, special, args.batch_pieces)
    results = {question.id: question.result() for question in questions}
    if args.out:
        args.out.write_text(json.dumps(results) + "\n")
    threshold = config.get("no_answer_threshold", 0.0) if args.threshold is None else args.threshold
    print(json.dumps(metrics_of(questions, results, args.version_2, threshold)))
    if args.compare:
        compare(results, args.compare)


if __name__ == "__main__":
    main()
