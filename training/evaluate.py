"""Official SQuAD metrics of a model file with the windows, n-best and null rules of the product.

  python evaluate.py --model model.safetensors --vocab vocab.txt --data dev-v2.0.json [--threshold T] \
      [--arithmetic fp32|int8] [--device cpu|cuda] [--limit N]

Windows of 384 pieces, overlap 128, question cut to 64; per window the 20 best starts and ends, spans of at most 30
pieces whose start piece has its maximum context in that window; best span = largest start + end logit over windows;
null score = smallest start[0] + end[0] over windows; no answer when null - best > threshold.
Normalisation, exact match and F1 are those of the official SQuAD v1.1 / v2.0 scripts.
`--arithmetic int8` simulates 8-bit activations window by window (weights are already 8-bit values in a shipped file).
"""

import argparse
import collections
import json
import re
import string
from collections import defaultdict

import numpy as np
import torch
from model import load_model
from squad import CLS, SEP, build_tokenizer, load_squad, owns_max_context, window_starts

N_BEST, MAX_ANSWER = 20, 30


def normalise(text):
    """Lower case, no punctuation, no articles, single spaces (official script)."""
    text = "".join(ch for ch in text.lower() if ch not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1_score(gold, predicted):
    """Token F1 of two answers; if either is empty, 1 when both are (SQuAD v2.0 rule)."""
    g, p = normalise(gold).split(), normalise(predicted).split()
    if not g or not p:
        return float(g == p)
    same = sum((collections.Counter(g) & collections.Counter(p)).values())
    return 2 * same / (len(g) + len(p)) if same else 0.0


class Features:
    """Windows of an evaluation file.

    ids: list of token lists; qa: question number of each window; allowed: bool [S] positions that may start an answer
    (context tokens owning their maximum context); context: bool [S]; offsets: int [S, 2] characters in the context.
    """

    def __init__(self, path, tok, limit=None):
        self.questions, self.ids, self.qa, self.q_len, self.start_ok, self.offsets = [], [], [], [], [], []
        for _, paras in load_squad(path):
            for context, qas in paras:
                if limit and len(self.questions) >= limit:
                    return
                e = tok.encode(context, add_special_tokens=False)
                ids, offsets = list(e.ids), np.array(e.offsets, np.int64).reshape(-1, 2)
                for qa in qas:
                    self.add(tok, qa, context, ids, offsets)

    def add(self, tok, qa, context, ids, offsets):
        """All windows of one question."""
        q = tok.encode(qa["question"].strip(), add_special_tokens=False).ids[:64]
        golds = [] if qa.get("is_impossible") else [a["text"] for a in qa["answers"] if normalise(a["text"])]
        self.questions.append(dict(id=qa["id"], context=context, golds=golds or [""]))
        spans = window_starts(len(ids), len(q))
        for i, (start, length) in enumerate(spans):
            own = np.array([len(spans) == 1 or owns_max_context(spans, i, p) for p in range(start, start + length)])
            pad = len(q) + 2
            self.ids.append([CLS, *q, SEP, *ids[start : start + length], SEP])
            self.qa.append(len(self.questions) - 1)
            self.q_len.append(len(q))
            self.start_ok.append(np.concatenate([np.zeros(pad, bool), own.astype(bool), [False]]))
            self.offsets.append(np.concatenate([np.full((pad, 2), -1), offsets[start : start + length], [[-1, -1]]]))


@torch.no_grad()
def logits_of(model, feats, device, tokens=16384):
    """Start/end logits, one float32 [S, 2] array per window; windows of one length share a batch (no padding)."""
    model.eval()
    out = [None] * len(feats.ids)
    groups = defaultdict(list)
    for i, ids in enumerate(feats.ids):
        groups[len(ids)].append(i)
    for s, members in groups.items():
        step = max(1, tokens // s)
        for k in range(0, len(members), step):
            part = members[k : k + step]
            ids = torch.tensor([feats.ids[i] for i in part], device=device)
            n_q = torch.tensor([feats.q_len[i] for i in part], device=device)
            types = (torch.arange(s, device=device)[None] >= (n_q + 2)[:, None]).long()
            y = model(ids, types, torch.ones_like(ids, dtype=torch.bool)).float().cpu().numpy()
            for j, i in enumerate(part):
                out[i] = y[j]
    return out


def decode(feats, logits):
    """Best span text and (null - best) score difference per question."""
    n = len(feats.questions)
    best, null, text = np.full(n, -1e9), np.full(n, 1e9), [""] * n
    for i, y in enumerate(logits):
        q, ok, offsets = feats.qa[i], feats.start_ok[i], feats.offsets[i]
        null[q] = min(null[q], y[0, 0] + y[0, 1])
        starts = np.argsort(-y[:, 0], kind="stable")[:N_BEST]
        ends = np.argsort(-y[:, 1], kind="stable")[:N_BEST]
        starts, ends = starts[ok[starts]], ends[offsets[ends, 0] >= 0]
        if not len(starts) or not len(ends):
            continue
        gap = ends[None, :] - starts[:, None]
        total = np.where((gap >= 0) & (gap < MAX_ANSWER), y[starts, 0][:, None] + y[ends, 1][None, :], -1e9)
        a, b = np.unravel_index(total.argmax(), total.shape)
        if total[a, b] > best[q]:
            best[q] = total[a, b]
            text[q] = feats.questions[q]["context"][offsets[starts[a], 0] : offsets[ends[b], 1]]
    return text, null - best


def balanced(has):
    """Weights [N] that give answerable and unanswerable questions half of the total each."""
    return np.where(has, 0.5 / max(1, has.sum()), 0.5 / max(1, (~has).sum()))


def best_threshold(diff, f1, has, weights):
    """(threshold, weighted F1 in percent) of the best rule "answer if diff <= threshold"."""
    order = np.argsort(diff)
    d = diff[order]
    curve = np.concatenate([[0.0], np.cumsum((np.where(has, f1, -1.0) * weights)[order])]) + weights[~has].sum()
    k = int(curve.argmax())
    at = d[0] - 1 if k == 0 else d[-1] + 1 if k == len(d) else (d[k - 1] + d[k]) / 2
    return float(at), 100 * float(curve[k])


def question_scores(feats, text):
    """Per question: answerable (bool [N]), exact match [N], F1 [N], each the best over its gold answers."""
    golds = [q["golds"] for q in feats.questions]
    em = np.array([max(float(normalise(g) == normalise(t)) for g in gs) for gs, t in zip(golds, text)])
    f1 = np.array([max(f1_score(g, t) for g in gs) for gs, t in zip(golds, text)])
    return np.array([g != [""] for g in golds]), em, f1


def calibrate(results):
    """No-answer threshold from [(features, (text, diff))] of held-out files: the mean of each file's best threshold.

    Within a file answerable and unanswerable questions weigh half each; files without unanswerable ones are left out.
    """
    found = []
    for feats, (text, diff) in results:
        has, _, f1 = question_scores(feats, text)
        if has.any() and not has.all():
            found.append(best_threshold(diff, f1, has, balanced(has))[0])
    return float(np.mean(found)) if found else 0.0


def score(feats, text, diff, threshold):
    """Metrics in percent: always answering (on answerable questions), at `threshold`, and at the best threshold."""
    has, em, f1 = question_scores(feats, text)
    m = dict(questions=len(has), unanswerable=int((~has).sum()))
    if has.any():
        m.update(always_em=100 * em[has].mean(), always_f1=100 * f1[has].mean())
    if (~has).any():
        none = diff > threshold
        for key, val in (("em", em), ("f1", f1)):
            got = np.where(none, (~has).astype(float), np.where(has, val, 0.0))
            m.update({key: 100 * got.mean(), "has_" + key: 100 * got[has].mean() if has.any() else 0.0})
        m["no_acc"] = 100 * none[~has].mean()
        m["best_threshold"], m["best_f1"] = best_threshold(diff, f1, has, np.full(len(has), 1 / len(has)))
        w = balanced(has)  # answerable and unanswerable questions weigh half each
        m["best_threshold_balanced"], m["best_f1_balanced"] = best_threshold(diff, f1, has, w)
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in m.items()}


def evaluate(model, feats, device, threshold=0.0):
    """Metrics of a model on prepared features."""
    text, diff = decode(feats, logits_of(model, feats, device))
    return score(feats, text, diff, threshold)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True)
    p.add_argument("--vocab", required=True)
    p.add_argument("--data", required=True, nargs="+")
    p.add_argument("--threshold", type=float, default=0.0)
    p.add_argument("--calibrate", nargs="*", default=[], help="held-out files that set the threshold instead")
    p.add_argument("--arithmetic", choices=["fp32", "int8"], default="fp32")
    p.add_argument("--device", default="cpu")
    p.add_argument("--limit", type=int)
    a = p.parse_args()
    model = load_model(a.model).to(a.device)
    if a.arithmetic == "int8":
        model.set_quant(weights=False, activations="window")
    tok = build_tokenizer(a.vocab)
    held = [Features(path, tok, a.limit) for path in a.calibrate]
    if held:
        a.threshold = calibrate([(f, decode(f, logits_of(model, f, a.device))) for f in held])
    for path in a.data:
        print(
            json.dumps(
                dict(
                    data=path,
                    arithmetic=a.arithmetic,
                    threshold=round(a.threshold, 4),
                    **evaluate(model, Features(path, tok, a.limit), a.device, a.threshold),
                )
            )
        )


if __name__ == "__main__":
    main()
