"""The stages of the recipe on one device. See README.md for the exact commands.

  single    one or more supervised runs (`--set key=value,...` each), best by the held-out articles is saved
  teachers  cross-fitted teachers: fold f of K is left out; their logits on the folds they did not see are averaged
  student   one network distilled from those soft labels
  qat       a short distilled run with simulated 8-bit weights and activations, then the held-out threshold

Every stage prints one JSON line of held-out metrics per run. Dev files given by --report are only reported.
"""
import argparse
import json
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from data import Windows
from evaluate import Features, calibrate, decode, logits_of, score
from model import fake_quant_weight, load_encoder, load_model, quantised_names
from squad import build_tokenizer
from train import Config, soft_labels, train

MIX0 = dict(gold=1, gold5pct=1, shifts_wiki=1, shifts_amazon=.8, bt44=.6, bt44_none=1, bt398=1, bt398_none=1, qamr=.06,
            fairytale=.5, qed=.8, para_human=.2, para_bt=.1, swap_human=.3, swap_bt=.15)
MIX1 = dict(MIX0, gold=1.5, gold5pct=1.5, bt398=.8, bt398_none=.8, qamr=.02, fairytale=.3, qed=.5)
# the student learns mostly from soft labels, so it can see more of the made questions
SOFT0 = dict(MIX0, para_human=.3, para_bt=.15, swap_human=.4, swap_bt=.25, qamr=.1)
SOFT1 = dict(SOFT0, gold=1.5, gold5pct=1.5, qamr=.03, fairytale=.3, qed=.5)


class Bench:
    """Data, evaluation sets and logging shared by the stages."""

    def __init__(self, a):
        self.a, self.device = a, "cuda" if torch.cuda.is_available() and not a.cpu else "cpu"
        torch.backends.cuda.matmul.allow_tf32 = True
        if self.device == "cuda":  # CUDA graphs cannot be captured on the default stream
            torch.cuda.set_stream(torch.cuda.Stream())
        self.began = time.time()
        a.out.mkdir(parents=True, exist_ok=True)
        self.windows = Windows(a.prepared / "train.npz", self.device)
        tok = build_tokenizer(a.vocab)
        held = {n: a.prepared / f"heldout-{n}.json" for n in ("gold", "mixed")}
        self.held = {n: Features(p, tok, a.eval_limit) for n, p in held.items()}
        self.dev = {p.stem: Features(p, tok, a.eval_limit) for p in a.report}
        self.log(f"ready: {len(self.windows.length)} windows on {self.device}")

    def log(self, text):
        """Print with elapsed seconds and keep in log.txt."""
        line = f"[{time.time() - self.began:6.1f}] {text}"
        print(line, flush=True)
        with open(self.a.out / "log.txt", "a") as f:
            f.write(line + "\n")

    def metrics(self, model, name, quant=False, dev=True):
        """Held-out (and reported dev) metrics; returns the selection score."""
        model.set_quant(quant, "window" if quant else False)
        found, picked = {}, []
        for key, feats in {**self.held, **(self.dev if dev else {})}.items():
            found[key] = decode(feats, logits_of(model, feats, self.device))
        threshold = calibrate([(f, found[k]) for k, f in self.held.items()])
        for key, (text, diff) in found.items():
            feats = self.held.get(key) or self.dev[key]
            m = score(feats, text, diff, threshold)
            if key in self.held:
                picked += [m["always_f1"], m.get("best_f1_balanced", 0.0)]
            self.log(json.dumps(dict(run=name, set=key, int8=quant, at=round(threshold, 3), **m)))
        model.set_quant(False, False)
        self.log(f"{name} selection score {np.mean(picked):.3f}")
        return float(np.mean(picked))

    def save(self, model, name, half=True):
        """Write a checkpoint (F16 to travel, F32 when it is the end of the line)."""
        state = {k: v.detach().to(torch.float16 if half else torch.float32).contiguous().cpu()
                 for k, v in model.state_dict().items()}
        save_file(state, self.a.out / f"{name}.safetensors", metadata={"format": "pt"})

    def start(self, path, seed):
        """A network from an encoder file (fresh head) or a checkpoint with a head."""
        try:
            model = load_model(path)
        except RuntimeError:
            model = load_encoder(path, seed)
        return model.to(self.device)


def parse_set(text, first=MIX0, last=MIX1):
    """'lr=1e-4,epochs=3,mix0.qamr=0' -> Config with the default mixes."""
    cfg = Config(mix0=dict(first), mix1=dict(last))
    kinds = {f.name: f.type for f in fields(Config)}
    for part in filter(None, (text or "").split(",")):
        key, value = part.split("=")
        if "." in key:
            which, source = key.split(".")
            getattr(cfg, which)[source] = float(value)
        elif kinds[key] is bool:
            cfg = replace(cfg, **{key: value == "1"})
        else:
            cfg = replace(cfg, **{key: kinds[key](value)})
    return cfg


def stage_single(b):
    """Supervised runs; the best one by held-out score is saved as single.safetensors."""
    best = -1
    for text in b.a.set or [""]:
        cfg = parse_set(text)
        model = train(b.start(b.a.init, cfg.seed), b.windows, cfg, log=b.log, name=text or "default")
        if best < 0:
            b.save(model, "single")
        value = b.metrics(model, text or "default")
        if value > best:
            best = value
            b.save(model, "single")


def stage_teachers(b):
    """Cross-fitted soft labels [flat tokens, 2]: each fold's rows get the mean logits of the teachers that left it out.

    The gold articles and their paraphrases are shared by all teachers. Rounds of K teachers until --teachers are
    trained or a further round would pass --teach-until seconds. Returns (soft labels, last teacher).
    """
    a, w = b.a, b.windows
    base = parse_set(a.teacher)
    fold = w.folds(a.folds)
    shared = w.source_mask("gold", "bt44", "bt44_none", "gold_v2_none")
    total = torch.zeros(int(w.flat_at[-1]), 2, device=b.device)
    count = np.zeros(len(fold))
    sums, round_began = None, time.time()
    for t in range(a.teachers):
        if t and t % a.folds == 0:
            took, round_began = time.time() - round_began, time.time()
            if a.teach_until and time.time() - b.began + took > a.teach_until:
                break
        left_out = (fold == t % a.folds) & ~shared
        cfg = replace(base, seed=base.seed + t)
        model = train(b.start(a.init, cfg.seed), w, cfg, keep=~left_out, log=b.log, name=f"teacher{t}", stats=b.stats)
        rows = np.flatnonzero(left_out | shared)
        soft_labels(model, w, rows, total)
        count[rows] += 1
        parts = {n: logits_of(model, f, b.device) for n, f in b.held.items()}
        sums = parts if sums is None else {n: [x + y for x, y in zip(sums[n], parts[n])] for n in sums}
        for name, ys in (parts if t == 0 else {}).items():
            b.log(json.dumps(dict(run="teacher0", set=name, **score(b.held[name], *decode(b.held[name], ys), 0.0))))
    for name, ys in sums.items():
        ys = [y / (t + 1) for y in ys]
        b.log(json.dumps(dict(run="all teachers", set=name, **score(b.held[name], *decode(b.held[name], ys), 0.0))))
    lengths = torch.from_numpy(w.length).to(b.device)
    total /= torch.repeat_interleave(torch.from_numpy(count).to(b.device).clamp_min(1), lengths)[:, None]
    return total.half(), model


def fit(b, cfg, until):
    """Shorten the epochs of cfg so that a run starting now ends about `until` seconds after the start."""
    if until and b.stats:
        per_epoch = b.windows.plan(b.windows.sample(cfg.mix0, np.random.default_rng(0)), cfg.tokens,
                                   np.random.default_rng(0))
        left = (until - (time.time() - b.began)) * b.stats["rate"] * b.a.slow
        cfg = replace(cfg, epochs=max(0.3, min(cfg.epochs, left / max(1, len(per_epoch)))))
        b.log(f"epochs set to {cfg.epochs:.2f} at {b.stats['rate']:.1f} steps/s")
    return cfg


def stage_student(b, soft, model):
    """The distilled network, started from the last teacher; saves student.safetensors."""
    cfg = parse_set(b.a.student, SOFT0, SOFT1)
    cfg = fit(b, replace(cfg, soft=cfg.soft or 0.8), b.a.student_until)
    student = train(model, b.windows, cfg, soft=soft, log=b.log, name="student", stats=b.stats)
    b.save(student, "student")
    b.metrics(student, "student")
    b.metrics(student, "student int8", quant=True, dev=False)
    return student


def stage_qat(b, model, soft):
    """Short distilled run with fake quantisation; saves final.safetensors."""
    cfg = replace(parse_set(b.a.qat, SOFT1, SOFT1), quant="qat", bf16=False, soft=0.8 if soft is not None else 0.0)
    final = train(model, b.windows, cfg, soft=soft, log=b.log, name="qat")
    b.save(final, "final")
    with torch.no_grad():  # what ships: weights rounded to 8 bits
        for n in quantised_names([n for n, _ in final.named_parameters()]):
            p = final.get_parameter(n)
            p.copy_(fake_quant_weight(p))
    b.metrics(final, "qat fp32")
    b.metrics(final, "qat int8", quant=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=["single", "teach", "qat"])
    p.add_argument("--prepared", type=Path, required=True)
    p.add_argument("--vocab", required=True)
    p.add_argument("--init", required=True, help="encoder or checkpoint to start from")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--report", type=Path, nargs="*", default=[], help="dev files: reported, never used for a choice")
    p.add_argument("--set", action="append", help="single: one configuration, e.g. lr=2e-4,epochs=3,mix0.qamr=0")
    p.add_argument("--teacher", default="lr=2e-4,epochs=3")
    p.add_argument("--student", default="lr=2e-4,epochs=5")
    p.add_argument("--qat", default="lr=5e-5,epochs=1,drop=0.05,attn_drop=0.05")
    p.add_argument("--teachers", type=int, default=8)
    p.add_argument("--folds", type=int, default=4)
    p.add_argument("--teach-until", type=float, default=0, help="no new round of teachers that would end after this")
    p.add_argument("--student-until", type=float, default=0, help="shorten the student's epochs to end by this time")
    p.add_argument("--slow", type=float, default=0.93, help="speed of a distillation step relative to a teacher's")
    p.add_argument("--soft", type=Path, help="soft labels: written by teach, read by qat")
    p.add_argument("--eval-limit", type=int)
    p.add_argument("--cpu", action="store_true")
    b = Bench(p.parse_args())
    b.stats = {}
    if b.a.stage == "single":
        stage_single(b)
    elif b.a.stage == "teach":
        soft, model = stage_teachers(b)
        if b.a.soft:
            torch.save(soft.cpu(), b.a.soft)
        stage_student(b, soft, model)
    else:
        stage_qat(b, b.start(b.a.init, 0), torch.load(b.a.soft).to(b.device) if b.a.soft else None)
    b.log("done")


if __name__ == "__main__":
    main()
