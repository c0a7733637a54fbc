"""Training of one QaBert: supervised, distilled from soft labels, and with simulated 8-bit arithmetic.

Used as a library by `pipeline.py`. On a GPU each step (batch assembly, forward, backward, AdamW, weight average) is one
captured CUDA graph per bucket size; on a CPU the same function runs directly.
"""

import copy
import math
import os
import time
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F


@dataclass
class Config:
    """One training run. `mix0` -> `mix1`: samples per row and epoch by source, moving linearly over the epochs."""

    epochs: float = 3
    lr: float = 2e-4
    warmup: float = 0.06
    decay: float = 0.01
    tokens: int = 12288
    drop: float = 0.1
    attn_drop: float = 0.1
    ema: float = 0.999
    seed: int = 0
    soft: float = 0.0  # weight of the distillation loss (0 = labels only)
    temperature: float = 2.0
    quant: str = ""  # "" or "qat": fake-quantise weights and activations
    bf16: bool = True  # bfloat16 copies of the weights and activations; F32 weights, moments and average
    final_lr: float = 0.02  # fraction of lr left at the end
    max_steps: int = 0
    seconds: float = 0  # 0: no limit; otherwise the learning-rate schedule ends by then, and training stops
    mix0: dict = field(default_factory=dict)
    mix1: dict = field(default_factory=dict)


class Trainer:
    """Holds the static tensors that the captured steps read and write."""

    def __init__(self, model, windows, cfg, soft=None):
        self.cfg, self.w, self.model, self.soft = cfg, windows, model, soft
        self.cuda = windows.device != "cpu"
        self.graphed = self.cuda and os.environ.get("GRAPHS", "1") == "1"
        model.drop, model.attn_drop = cfg.drop, cfg.attn_drop
        model.set_quant(cfg.quant == "qat", "batch" if cfg.quant == "qat" else False)
        model.train()
        self.params = list(model.parameters())
        self.ema = [p.detach().clone() for p in self.params]
        self.lr = torch.tensor(0.0, device=windows.device)
        plain = [p for n, p in model.named_parameters() if p.dim() == 1]
        heavy = [p for n, p in model.named_parameters() if p.dim() > 1]
        groups = [dict(params=heavy, weight_decay=cfg.decay), dict(params=plain, weight_decay=0.0)]
        extra = dict(fused=True, capturable=True) if self.cuda else {}
        self.opt = torch.optim.AdamW(groups, lr=self.lr if self.cuda else 0.0, betas=(0.9, 0.98), eps=1e-6, **extra)
        self.keep = torch.tensor(0.0, device=windows.device)
        self.total = torch.zeros(2, device=windows.device)
        self.graphs, self.inputs, self.pool = {}, {}, None

    def loss(self, rows, size, leaves):
        """Mean loss of a batch: cross entropy against one of the annotated spans, blended with KL to soft labels."""
        ids, types, mask, starts, ends = self.w.batch(rows, size)
        y = torch.func.functional_call(self.model, leaves, (ids, types, mask))
        y = y.float().masked_fill(~mask[..., None], -1e4)
        pick = torch.randint(0, 4, (len(rows), 1), device=rows.device)
        log_p = F.log_softmax(y, dim=1)
        ce = (
            -(log_p[..., 0].gather(1, starts.gather(1, pick)) + log_p[..., 1].gather(1, ends.gather(1, pick))).mean()
            / 2
        )
        if not self.cfg.soft:
            return ce
        t = self.cfg.temperature
        at = self.w.flat_at[rows][:, None] + torch.arange(size, device=rows.device)[None]
        target = self.soft[at.clamp_max(len(self.soft) - 1)].float().masked_fill(~mask[..., None], -1e4)
        q, log_q = F.softmax(target / t, dim=1), F.log_softmax(target / t, dim=1)
        kl = (q * (log_q - F.log_softmax(y / t, dim=1))).sum(1).mean() * t * t
        return self.cfg.soft * kl + (1 - self.cfg.soft) * ce

    def step(self, rows, size):
        """One optimiser step on device tensor `rows`."""
        low = torch.bfloat16 if self.cfg.bf16 else torch.float32
        leaves = {
            n: p.detach().to(torch.float32 if n.startswith("qa_") else low).requires_grad_()
            for n, p in self.model.named_parameters()
        }
        loss = self.loss(rows, size, leaves)  # new leaves: no autograd node outlives a capture
        for p, g in zip(self.params, torch.autograd.grad(loss, list(leaves.values()))):
            p.grad = g.float()
        torch.nn.utils.clip_grad_norm_(self.params, 1.0, foreach=True)
        self.opt.step()
        with torch.no_grad():
            torch._foreach_mul_(self.ema, self.keep)
            torch._foreach_add_(self.ema, torch._foreach_mul([p.detach() for p in self.params], 1 - self.keep))
            self.total += torch.stack([loss.detach(), torch.ones_like(loss)])

    def run_batch(self, size, rows):
        """Step on row numbers (device); captures the graph of this size at first use."""
        if not self.graphed:
            return self.step(rows, size)
        if size not in self.graphs:
            self.capture(size, rows)
        self.inputs[size].copy_(rows)
        self.graphs[size].replay()

    def capture(self, size, rows):
        """Warm up at learning rate 0, capture, and restore the weights and their average."""
        static = rows.clone()
        saved = [t.clone() for t in self.params + self.ema]
        lr = self.lr.clone()
        self.lr.zero_()
        for _ in range(2):
            self.step(static, size)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool, stream=torch.cuda.current_stream()):
            self.step(static, size)
        self.pool = self.pool or graph.pool()
        self.graphs[size], self.inputs[size] = graph, static
        with torch.no_grad():
            for t, s in zip(self.params + self.ema, saved):
                t.copy_(s)
        self.lr.copy_(lr)

    def averaged(self):
        """A copy of the model holding the averaged weights, in evaluation mode, without fake quantisation."""
        m = copy.deepcopy(self.model)
        with torch.no_grad():
            for p, e in zip(m.parameters(), self.ema):
                p.copy_(e)
                p.grad = None
        return m.set_quant(False, False).eval()


def train(model, windows, cfg, soft=None, keep=None, log=print, name=""):
    """Train `model` in place; returns the averaged model. keep: optional [N] sampling factor (folds)."""
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    t = Trainer(model, windows, cfg, soft)
    whole = int(math.ceil(cfg.epochs))
    plans = []
    for e in range(whole):
        x = e / max(1, whole - 1)
        names = set(cfg.mix0) | set(cfg.mix1 or cfg.mix0)
        end = cfg.mix1 or cfg.mix0
        mix = {n: (1 - x) * cfg.mix0.get(n, 0) + x * end.get(n, 0) for n in names}
        plans.append(windows.plan(windows.sample(mix, rng, keep), cfg.tokens, rng))
    plans[-1] = plans[-1][: int(len(plans[-1]) * (cfg.epochs - whole + 1))]
    steps = sum(map(len, plans))
    steps = min(steps, cfg.max_steps) if cfg.max_steps else steps
    warm, n, began, spent = max(1, int(cfg.warmup * steps)), 0, time.time(), 0.0
    for e, plan in enumerate(plans):
        device_rows = torch.from_numpy(np.concatenate([r for _, r in plan])).to(windows.device)
        for (size, _), rows in zip(plan, device_rows.split([len(r) for _, r in plan])):
            if cfg.seconds and n % 50 == 0:
                if t.cuda:
                    torch.cuda.synchronize()
                spent = (time.time() - began) / cfg.seconds
            if n >= steps or spent >= 1:
                break
            left = min((steps - n) / max(1, steps - warm), 1 - spent)
            lr = cfg.lr * min((n + 1) / warm, cfg.final_lr + (1 - cfg.final_lr) * left)
            t.lr.fill_(lr)
            t.keep.fill_(min(cfg.ema, (n + 1) / (n + 10)))
            if not t.cuda:
                for g in t.opt.param_groups:
                    g["lr"] = lr
            t.run_batch(size, rows)
            n += 1
        if t.cuda:
            torch.cuda.synchronize()
        total = t.total.tolist()
        t.total.zero_()
        log(
            f"{name} epoch {e + 1}/{whole} steps {n}/{steps} loss {total[0] / max(1, total[1]):.4f} "
            f"{time.time() - began:.1f}s"
        )
    return t.averaged()


@torch.no_grad()
def soft_labels(model, windows, rows, out, weight=1.0, tokens=65536):
    """Add weight * logits of `rows` (host numbers) into the flat buffer out [sum of lengths, 2]."""
    model.eval().set_quant(False, False)
    lengths = windows.length[rows]
    order = rows[np.argsort(lengths, kind="stable")]
    k = 0
    while k < len(order):
        guess = int(windows.length[order[min(len(order) - 1, k + tokens // int(windows.length[order[k]]))]])
        part = order[k : k + max(1, tokens // guess)]
        k += len(part)
        size = int(-(-windows.length[part].max() // 8) * 8)
        r = torch.from_numpy(part).to(windows.device)
        ids, types, mask, _, _ = windows.batch(r, size)
        with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=windows.device != "cpu"):
            y = model(ids, types, mask)
        at = windows.flat_at[r][:, None] + torch.arange(size, device=r.device)[None]
        out[at[mask]] += (weight * y[mask]).to(out.dtype)
