"""The stages of the recipe, each on one device. See README.md for the exact commands.

  centre    takes the mean key out of the biases of a network (centre.py): the same results from smaller scores
  single    one or more supervised runs (`--set key=value,...` each); the best on the held-out articles is saved
  teacher   cross-fitted teachers: number f of K is trained without fold f
  label     soft labels of each teacher for what it was not trained on: its fold, and the generated questions
  student   one network distilled from the soft labels of all teachers (--soft)
  qat       a short distilled run with simulated 8-bit weights and activations from the mean of the students (--init)

Every stage prints one JSON line of held-out metrics per run. Results on the dev files of --report are only printed.
"""

import argparse
import json
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch
from centre import centre_keys
from data import Windows
from evaluate import Features, calibrate, decode, logits_of, score
from model import fake_quant_weight, load_encoder, load_model, quantised_names
from relabel import relabel
from safetensors.torch import save_file
from squad import build_tokenizer
from train import Config, soft_labels, train

MIX0 = dict(
    gold=1,
    gold_none=1,
    bt_none=0.3,
    bt_para=0.2,
    shifts_wiki=0.8,
    shifts_amazon=0.4,
    qamr=0.05,
    fairytale=0.4,
    qed=0.8,
    nq=1,
    tydi=1,
    contract=0.6,
    clause=0.25,
    contract_none=0.25,
    tables=0.8,
    reports=0.8,
    para_human=0.1,
    swap_human=0.12,
    long_human=0.5,
    docs=0.5,
    docs_none=0.5,
    typed=1,
    typed_none=1,
    table_rules=0.6,
    table_rules_none=0.8,
    made=0.6,
    made_none=0.6,
)
MIX1 = dict(MIX0, gold=1.2, gold_none=1.2, bt_none=0.15, bt_para=0.1, qamr=0.02, fairytale=0.3, qed=0.5)
# the student learns mostly from soft labels, so it can see more of the generated questions
SOFT0 = dict(
    MIX0,
    bt_none=0.5,
    bt_para=0.4,
    para_human=0.2,
    swap_human=0.25,
    qamr=0.1,
    docs=0.8,
    docs_none=0.8,
    synth_wiki=0.3,
    synth_docs=0.45,
    synth_none=0.3,
)
SOFT1 = dict(SOFT0, gold=1.2, gold_none=1.2, qamr=0.03, fairytale=0.3, qed=0.5, synth_wiki=0.2)
SYNTHETIC = ("synth_wiki", "synth_docs", "synth_none")


class Bench:
    """Data, evaluation sets and logging shared by the stages."""

    def __init__(self, a):
        self.a, self.device = a, "cuda" if torch.cuda.is_available() and not a.cpu else "cpu"
        torch.backends.cuda.matmul.allow_tf32 = True
        if self.device == "cuda":  # CUDA graphs cannot be captured on the default stream
            torch.cuda.set_stream(torch.cuda.Stream())
        self.began = time.time()
        a.out.mkdir(parents=True, exist_ok=True)
        files = [a.prepared / "train.npz", a.prepared / "synth.npz"]
        self.windows = Windows([f for f in files if f.exists()], self.device)
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
        """Write a checkpoint (F16 for transfer, F32 for the final one)."""
        state = {
            k: v.detach().to(torch.float16 if half else torch.float32).contiguous().cpu()
            for k, v in model.state_dict().items()
        }
        save_file(state, self.a.out / f"{name}.safetensors", metadata={"format": "pt"})

    def start(self, path, seed):
        """A network from an encoder file (with a new head), a checkpoint with a head, or the mean of several."""
        try:
            model = load_model(path)
        except KeyError:
            model = load_encoder(path, seed)
        return model.to(self.device)

    def soft_labels(self):
        """(mean of the logits of the teachers that labelled a row [flat pieces, 2], `keep` [N]: sampling factors).

        `keep` is 0 for rows without labels and for generated questions that the teachers answer differently.
        """
        parts = [torch.load(p, map_location=self.device) for p in self.a.soft]
        count = sum(p["count"].to(self.device) for p in parts)
        total = sum(p["total"].float() for p in parts)
        lengths = torch.from_numpy(self.windows.length).to(self.device)
        total /= torch.repeat_interleave(count.clamp_min(1), lengths)[:, None]
        keep = (count > 0).float().cpu().numpy()
        keep *= relabel(self.windows, total, self.windows.source_mask(*SYNTHETIC), self.log)
        return total.half(), keep


def parse_set(text, first=MIX0, last=MIX1):
    """'lr=1e-4,epochs=3,mix0.qamr=0' -> Config with the default mixes; only=gold+gold_none: of these sources alone."""
    cfg = Config(mix0=dict(first), mix1=dict(last))
    kinds = {f.name: f.type for f in fields(Config)}
    for part in filter(None, (text or "").split(",")):
        key, value = part.split("=")
        if "." in key:
            which, source = key.split(".")
            getattr(cfg, which)[source] = float(value)
        elif key == "only":
            cfg = replace(cfg, mix0={s: cfg.mix0[s] for s in value.split("+")}, mix1={})
        elif kinds[key] is bool:
            cfg = replace(cfg, **{key: value == "1"})
        else:
            cfg = replace(cfg, **{key: kinds[key](value)})
    return cfg


def stage_centre(b):
    """--init with centred keys, as centred.safetensors."""
    model = b.start(b.a.init, 0)
    rows = np.random.default_rng(0).permutation(len(b.windows.rows_host))[:2000]
    before, after = centre_keys(model, b.windows, rows)
    b.log(f"largest scores by layer {[round(s) for s in before]} -> {[round(s) for s in after]}")
    b.save(model, "centred")


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


def left_out(b, number):
    """(rows of the fold that teacher `number` omits, rows shared by all teachers, generated questions): bool [N] each.

    The gold articles and their paraphrases are shared by all teachers, and all teachers label them.
    """
    w = b.windows
    shared = np.zeros(len(w.rows_host), bool)
    made = w.source_mask(*SYNTHETIC)
    return (w.folds(b.a.folds) == number % b.a.folds) & ~shared & ~made, shared, made


def stage_teacher(b):
    """Teachers --numbers of --folds; each writes teacher-N.safetensors."""
    base = parse_set(b.a.teacher)
    for t in b.a.numbers:
        out, _, made = left_out(b, t)
        cfg = replace(base, seed=base.seed + t)
        model = train(b.start(b.a.init, cfg.seed), b.windows, cfg, keep=~(out | made), log=b.log, name=f"teacher{t}")
        b.save(model, f"teacher-{t}")
        b.metrics(model, f"teacher{t}")


def stage_label(b):
    """Writes soft-N.pt for each of --numbers: logits [flat pieces, 2], and which rows [N] they are of."""
    for t in b.a.numbers:
        model = b.start(b.a.out / f"teacher-{t}.safetensors", 0)
        out, shared, made = left_out(b, t)
        rows = np.flatnonzero(out | shared | (made & (not b.a.skip_written)))
        total = torch.zeros(int(b.windows.flat_at[-1]), 2, device=b.device, dtype=torch.float16)
        soft_labels(model, b.windows, rows, total)
        count = torch.zeros(len(b.windows.rows_host), dtype=torch.int8)
        count[rows] = 1
        torch.save(dict(total=total.cpu(), count=count), b.a.out / f"soft-{t}.pt")
        b.log(f"teacher{t} labelled {len(rows)} windows")


def stage_student(b):
    """The distilled network, one for each seed of --numbers; saves student-N.safetensors."""
    soft, keep = b.soft_labels()
    for n in b.a.numbers:
        cfg = parse_set(b.a.student, SOFT0, SOFT1)
        cfg = replace(cfg, soft=cfg.soft or 0.8, seed=n)
        # the same start for all seeds, head included: their weights are averaged afterwards
        student = train(b.start(b.a.init, 0), b.windows, cfg, soft=soft, keep=keep, log=b.log, name=f"student{n}")
        b.save(student, f"student-{n}")
        b.metrics(student, f"student{n}")


def stage_qat(b):
    """Short distilled run with fake quantisation; saves final.safetensors."""
    soft, keep = b.soft_labels()
    model = b.start(b.a.init, 0)
    b.metrics(model, "start of qat")
    cfg = replace(parse_set(b.a.qat, SOFT1, SOFT1), quant="qat", bf16=False, soft=0.8)
    final = train(model, b.windows, cfg, soft=soft, keep=keep, log=b.log, name="qat")
    b.save(final, "final")
    with torch.no_grad():  # as shipped: weights rounded to 8 bits
        for n in quantised_names([n for n, _ in final.named_parameters()]):
            p = final.get_parameter(n)
            p.copy_(fake_quant_weight(p))
    b.metrics(final, "qat fp32")
    b.metrics(final, "qat int8", quant=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=["centre", "single", "teacher", "label", "student", "qat"])
    p.add_argument("--prepared", type=Path, required=True)
    p.add_argument("--vocab", required=True)
    p.add_argument("--init", help="encoder or checkpoint to start from; several are averaged: a,b or a=0.7,b=0.3")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--report", type=Path, nargs="*", default=[], help="dev files: reported, never used for a choice")
    p.add_argument("--set", action="append", help="single: one configuration, e.g. lr=2e-4,epochs=3,mix0.qamr=0")
    p.add_argument("--teacher", default="lr=8e-5,epochs=2")
    p.add_argument("--student", default="lr=2e-4,epochs=8")
    p.add_argument("--qat", default="lr=1e-4,epochs=2,drop=0.05,attn_drop=0.05")
    p.add_argument("--numbers", type=int, nargs="*", default=[0], help="teachers or students of this call")
    p.add_argument("--folds", type=int, default=4)
    p.add_argument("--skip-written", action="store_true", help="label: without the generated questions")
    p.add_argument("--soft", type=Path, nargs="*", default=[], help="soft labels that the teachers wrote")
    p.add_argument("--eval-limit", type=int)
    p.add_argument("--cpu", action="store_true")
    b = Bench(p.parse_args())
    stages = dict(centre=stage_centre, single=stage_single, teacher=stage_teacher)
    stages.update(label=stage_label, student=stage_student, qat=stage_qat)
    stages[b.a.stage](b)
    b.log("done")


if __name__ == "__main__":
    main()
