"""Questions written by a network: more on the training contexts, and those that the passages of documents lack.

  python questions.py --windows WORK/prep/train.npz --vocab vocab.txt --encoder bert-base.safetensors \
      --proposer WORK/start/model.safetensors --out WORK/prep/synth.npz [--seconds 100]

1. A proposer (a question-answering network asked the empty question) learns where answers are, and draws spans.
2. A writer, BERT with its masked-word head, learns to continue "[CLS] context with the [unused0] answer [unused1] marked
   [SEP]" by the question: the context is seen by all, a question's token by those after it (UniLM, Dong et al. 2019).
3. It writes a question for every span; some are put to another passage of the same article or document, too.
Nothing here is believed: `pipeline.py` keeps what the teachers answer by the same words.
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from data import Windows
from model import Bert, QLinear, load_encoder, read_state, sizes_of
from squad import CLS, SEP, window_starts
from train import Config, train

OPEN, CLOSE, BEGIN, UNKNOWN = 1, 2, 103, 100  # [unused0], [unused1], [MASK] starts a question
ROOM, ASK = 250, 32  # pieces of context about an answer; places for the question, its end included
LEARN = ("gold", "shifts_wiki", "shifts_amazon", "fairytale", "qed", "nq", "tydi", "contract", "tables", "docs")
SOURCES = ["synth_wiki", "synth_docs", "synth_none"]


class Writer(nn.Module):
    """BERT with its masked-word head, used from left to right over the question."""

    def __init__(self, state):
        super().__init__()
        c = sizes_of(state)
        h = c["hidden_size"]
        self.bert = Bert(c)
        self.dense, self.norm = QLinear(h, h), nn.LayerNorm(h, eps=1e-12)
        self.bias = nn.Parameter(state["cls.predictions.bias"].clone())
        missing, _ = self.bert.load_state_dict(
            {k[5:]: v for k, v in state.items() if k.startswith("bert.")}, strict=False
        )
        assert not missing, missing
        for name, part in (("dense", self.dense), ("LayerNorm", self.norm)):
            part.load_state_dict({k: state[f"cls.predictions.transform.{name}.{k}"] for k in ("weight", "bias")})

    def embed(self, ids, places, types):
        e = self.bert.embeddings
        x = e.word_embeddings(ids) + e.position_embeddings(places) + e.token_type_embeddings(types)
        return F.dropout(e.LayerNorm(x), 0.1, self.training)

    def words(self, x):
        """Hidden states [.., H] -> scores of the vocabulary [.., V]."""
        x = self.norm(F.gelu(self.dense(x)))
        return F.linear(x, self.bert.embeddings.word_embeddings.weight, self.bias)

    def forward(self, source, length, asked):
        """source [B,S], its lengths [B], question inputs [B,T] -> scores of the next token [B,T,V]."""
        s, t = source.shape[1], asked.shape[1]
        at = torch.arange(s + t, device=source.device)
        is_source, within = at < s, at[None] < length[:, None]
        places = torch.where(is_source[None], at[None], length[:, None] + at[None] - s)
        seen = (is_source[None] & within)[:, None, :] | (
            ~is_source[:, None] & ~is_source[None] & (at[None] <= at[:, None])
        )[None]
        drop = 0.1 if self.training else 0.0
        x = self.embed(torch.cat([source, asked], 1), places, (~is_source).long()[None].expand(len(source), -1))
        for layer in self.bert.encoder.layer:
            x = layer(x, seen, drop, drop)
        return self.words(x[:, s:])

    @torch.no_grad()
    def write(self, source, length, temperature=0.9, best=40):
        """One drawn question for each source: token ids [B,T], 0 behind the end, and whether it came to an end [B]."""
        source = F.pad(source, (0, -source.shape[1] % 8))  # attention with a mask wants multiples of 8
        b, s = source.shape
        at, heads = torch.arange(s, device=source.device), self.bert.encoder.layer[0].attention.self.heads
        seen = torch.cat([at[None] < length[:, None], torch.zeros(b, ASK, dtype=torch.bool, device=source.device)], 1)
        split = lambda y: y.view(b, -1, heads, y.shape[-1] // heads).transpose(1, 2)
        x, kept = self.embed(source, at[None].expand(b, -1), torch.zeros_like(source)), []
        for layer in self.bert.encoder.layer:
            a = layer.attention.self
            k, v = split(a.key(x)), split(a.value(x))
            kept.append([F.pad(y, (0, 0, 0, ASK)).contiguous() for y in (k, v)])
            x = layer(x, seen[:, :s], 0.0, 0.0)
        token = torch.full((b, 1), BEGIN, device=source.device)
        out = torch.zeros(b, ASK, dtype=torch.long, device=source.device)
        over = torch.zeros(b, dtype=torch.bool, device=source.device)
        for t in range(ASK):
            seen[:, s + t] = True
            hidden = torch.zeros_like(seen, dtype=x.dtype).masked_fill(~seen, -1e4)[:, None, None]
            x = self.embed(token, (length + t)[:, None], torch.ones_like(token))
            for layer, (keys, values) in zip(self.bert.encoder.layer, kept):
                a = layer.attention.self
                keys[:, :, s + t], values[:, :, s + t] = split(a.key(x))[:, :, 0], split(a.value(x))[:, :, 0]
                y = F.scaled_dot_product_attention(split(a.query(x)), keys, values, attn_mask=hidden)
                x = layer.attention.output(y.transpose(1, 2).reshape(b, 1, -1), x, 0.0)
                x = layer.output(F.gelu(layer.intermediate.dense(x)), x, 0.0)
            score, which = self.words(x[:, 0]).float().topk(best, 1)
            token = which.gather(1, torch.multinomial(F.softmax(score / temperature, 1), 1))
            over |= token[:, 0] == SEP
            out[:, t] = torch.where(over, 0, token[:, 0])
        return out, over


def spans_of(w, names):
    """Rows whose first answer is wholly in the window -> int64 [N, 4]: context, first, last piece, question."""
    r = w.rows_host[w.source_mask(*names) & (w.rows_host[:, 5] > 0) & (w.rows_host[:, 13] >= 700)]
    shift = np.diff(w.q_at_host)[r[:, 1]] + 2 - r[:, 3]
    found = np.stack([r[:, 2], r[:, 5] - shift, r[:, 9] - shift, r[:, 1]], 1)
    return np.unique(found, axis=0)


def sources_of(w, spans):
    """Device tensors (ids [B,S], lengths [B]): the contexts of `spans` with their answers marked, padded to the longest."""
    c, a, b = (torch.from_numpy(np.ascontiguousarray(spans[:, k])).to(w.device) for k in range(3))
    size = w.ctx_at[c + 1] - w.ctx_at[c]
    low = (a - (ROOM - (b - a)) // 2).clamp_min(0)
    low = torch.minimum(low, (size - ROOM).clamp_min(0))
    n = torch.minimum(size - low, torch.full_like(size, ROOM))
    p = torch.arange(int(n.max()) + 4, device=w.device)[None]
    left, answer = (a - low)[:, None], (b - a)[:, None]
    back = torch.where(p <= left, 1, torch.where(p <= left + 2 + answer, 2, 3))
    ids = w.ctx[((w.ctx_at[c] + low)[:, None] + p - back).clamp(0, len(w.ctx) - 1)].long()
    ids = torch.where(p == left + 1, OPEN, torch.where(p == left + 3 + answer, CLOSE, ids))
    ids = torch.where(p == 0, CLS, torch.where(p == n[:, None] + 3, SEP, ids))
    return torch.where(p <= n[:, None] + 3, ids, 0), n + 4


def batches(w, spans, tokens, rng=None):
    """`spans` in groups of about `tokens` pieces, contexts of one length together; shuffled with `rng`."""
    size = np.minimum(np.diff(w.ctx_at_host)[spans[:, 0]], ROOM)
    order = np.argsort(size + (rng.random(len(size)) if rng else 0), kind="stable")
    out, k = [], 0
    while k < len(order):
        n = max(1, tokens // int(size[order[min(len(order) - 1, k + tokens // (size[order[k]] + ASK))]] + ASK))
        out.append(spans[order[k : k + n]])
        k += n
    if rng:
        rng.shuffle(out)
    return out


def learn_to_write(w, state, seconds, log, lr=1e-4, tokens=24576):
    """A writer trained on the questions that people asked, for about `seconds`."""
    torch.manual_seed(1)
    rng, writer = np.random.default_rng(1), Writer(state).to(w.device).train()
    spans = spans_of(w, LEARN)
    length = np.diff(w.q_at_host)[spans[:, 3]]
    spans = spans[(length >= 4) & (length < ASK) & (spans[:, 2] - spans[:, 1] < 16)]
    plan = [part for _ in range(3) for part in batches(w, spans, tokens, rng)]
    opt = torch.optim.AdamW(writer.parameters(), lr=lr, weight_decay=0.01, betas=(0.9, 0.98), fused=w.device != "cpu")
    began, total, at = time.time(), torch.zeros((), device=w.device), torch.arange(ASK, device=w.device)[None]
    for step, part in enumerate(plan):
        x = max((time.time() - began) / seconds, step / len(plan))
        if x >= 1:
            break
        opt.param_groups[0]["lr"] = lr * min((step + 1) / 100, 1 - 0.95 * x)
        source, n = sources_of(w, part)
        q = torch.from_numpy(np.ascontiguousarray(part[:, 3])).to(w.device)
        m = (w.q_at[q + 1] - w.q_at[q])[:, None]
        words = w.q[(w.q_at[q][:, None] + at).clamp_max(len(w.q) - 1)].long()
        wanted = torch.where(at < m, words, torch.where(at == m, SEP, -100))
        asked = torch.cat([torch.full_like(q[:, None], BEGIN), torch.where(at < m, words, 0)[:, :-1]], 1)
        with torch.autocast(w.device, dtype=torch.bfloat16):
            y = writer(source, n, asked)
        loss = F.cross_entropy(y.float().flatten(0, 1), wanted.flatten(), ignore_index=-100)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(writer.parameters(), 1.0, foreach=True)
        opt.step()
        total = 0.98 * total + 0.02 * loss.detach()
        if step % 100 == 99:
            log(f"writer step {step + 1} loss {float(total) / (1 - 0.98 ** (step + 1)):.3f} {time.time() - began:.0f}s")
    log(f"writer: {step} steps of {len(plan)} on {len(spans)} questions, {time.time() - began:.0f}s")
    return writer.bfloat16().eval() if w.device == "cuda" else writer.eval()


def asked_nothing(w, contexts=None):
    """A copy of `w` whose rows ask the empty question: of the known answers, or of every window of `contexts`."""
    w = copy.copy(w)
    empty = len(w.q_at_host) - 1
    w.q_at_host = np.append(w.q_at_host, w.q_at_host[-1])
    w.q_at = torch.cat([w.q_at, w.q_at[-1:]])
    rows, size = [], np.diff(w.ctx_at_host)
    if contexts is None:
        for c, a, b, _ in spans_of(w, LEARN):
            if b < 380 and b - a < 16:
                rows.append([0, empty, c, 0, min(381, size[c]), *[a + 2] * 4, *[b + 2] * 4, 1000, 0])
    else:
        rows = [
            [0, empty, c, start, n, *[0] * 8, 1000, 0] for c in contexts for start, n in window_starts(int(size[c]), 0)
        ]
    w.set_rows(np.array(rows, np.int32))
    return w


@torch.no_grad()
def propose(w, model, inner, per, heat, rng_seed=5):
    """Spans [N, 3] drawn for every window of `w`: context, first, last piece. inner [V]: pieces that go on a word."""
    g = torch.Generator(device=w.device).manual_seed(rng_seed)
    out, order = [], np.argsort(w.length, kind="stable")
    for part in np.array_split(order, max(1, len(order) // 256)):
        size = int(-(-w.length[part].max() // 8) * 8)
        r = torch.from_numpy(part).to(w.device)
        ids, types, mask, _, _ = w.batch(r, size)
        with torch.autocast(w.device, dtype=torch.bfloat16):
            y = model(ids, types, mask).float()
        at = torch.arange(size, device=w.device)
        text = mask & (at[None] >= 2) & (at[None] < mask.sum(1, keepdim=True) - 1)
        begins, goes_on = text & ~inner[ids], F.pad(inner[ids], (0, 1))[:, 1:]
        noise = -torch.log(-torch.log(torch.rand(y.shape[:2], generator=g, device=w.device).clamp(1e-9, 1 - 1e-7)))
        score, first = (y[..., 0] / heat + noise).masked_fill(~begins, -1e9).topk(min(per, size), 1)
        gap = at[None, None] - first[..., None]
        fits = (text & ~goes_on)[:, None] & (gap >= 0) & (gap < 13)
        ends = (y[:, None, :, 1] / heat).masked_fill(~fits, -1e9)
        fine = (score > -1e8) & fits.any(-1)
        last = torch.multinomial(F.softmax(ends, -1).flatten(0, 1), 1, generator=g).view_as(first)
        shift = (w.rows[r, 3] - 2)[:, None]
        found = torch.stack([w.rows[r, 2][:, None].expand_as(first), first + shift, last + shift], -1)
        out.append(found[fine].cpu().numpy())
    return np.unique(np.concatenate(out), axis=0)


def holds(question, answer):
    """True when the pieces of the answer stand in the question."""
    n = len(answer)
    return any(np.array_equal(question[k : k + n], answer) for k in range(len(question) - n + 1))


def rows_of(w, spans, written, rng, elsewhere=0.2):
    """(question pieces, rows): each question on its context, a share also on another one of the same article."""
    questions, rows, size = [], [], np.diff(w.ctx_at_host)
    same = {}
    for c in np.unique(spans[:, 0]):
        same.setdefault((int(w.ctx_article[c]), bool(w.ctx_document[c])), []).append(int(c))

    def add(source, c, a, b):
        for start, n in window_starts(int(size[c]), len(questions[-1])):
            shift = len(questions[-1]) + 2 - start
            inside = a is not None and start <= a and b < start + n
            place = [a + shift] * 4 + [b + shift] * 4 if inside else [0] * 8
            rows.append([SOURCES.index(source), len(questions) - 1, c, start, n, *place, 1000, int(w.ctx_article[c])])

    for (c, a, b), q in zip(spans, written):
        q = q[: int((q > 0).sum())]
        if len(q) < 4 or UNKNOWN in q or holds(q, w.ctx_host[w.ctx_at_host[c] + a : w.ctx_at_host[c] + b + 1]):
            continue
        questions.append(q.astype(np.uint16))
        document = bool(w.ctx_document[c])
        add("synth_docs" if document else "synth_wiki", c, int(a), int(b))
        others = same[int(w.ctx_article[c]), document]
        if len(others) > 1 and rng.random() < elsewhere:
            other = others[rng.integers(len(others))]
            if other != c:
                add("synth_none", other, None, None)
    return questions, np.array(rows, np.int32)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--windows", type=Path, required=True)
    p.add_argument("--vocab", required=True)
    p.add_argument("--encoder", required=True, help="BERT with its masked-word head (encoder.mjs)")
    p.add_argument("--proposer", required=True, help="the small encoder")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seconds", type=float, default=100, help="for training the writer")
    p.add_argument("--per-context", type=int, default=3)
    p.add_argument("--per-window", type=int, default=5, help="the same for documents")
    p.add_argument("--limit", type=int, help="contexts of each kind (for a dry run)")
    a = p.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        torch.cuda.set_stream(torch.cuda.Stream())
    began, rng = time.time(), np.random.default_rng(3)
    log = lambda text: print(f"[{time.time() - began:6.1f}] {text}", flush=True)
    vocab = Path(a.vocab).read_text(encoding="utf-8").splitlines()
    inner = torch.tensor([x.startswith("##") for x in vocab], device=device)
    w = Windows([a.windows], device)
    known = asked_nothing(w)
    cfg = Config(epochs=1, lr=2e-4, mix0={w.sources[0]: 1}, max_steps=5 if a.limit else 0)
    proposer = train(load_encoder(a.proposer).to(device), known, cfg, log=log, name="proposer")
    plain = np.unique(spans_of(w, LEARN)[:, 0])
    kinds = [(plain[~w.ctx_document[plain]], a.per_context, 1.0), (np.flatnonzero(w.ctx_document), a.per_window, 1.4)]
    spans = np.concatenate(
        [
            propose(asked_nothing(w, rng.permutation(c)[: a.limit]), proposer, inner, per, heat)
            for c, per, heat in kinds
            if len(c)
        ]
    )
    log(f"{len(spans)} spans on {len(np.unique(spans[:, 0]))} contexts")
    writer = learn_to_write(w, read_state(a.encoder), a.seconds, log, tokens=24576 if device == "cuda" else 1024)
    written, ordered = [], batches(w, spans, 655360 if device == "cuda" else 2048)
    for k, part in enumerate(ordered):
        asked, ended = writer.write(*sources_of(w, part))
        written.append((asked * ended[:, None]).cpu().numpy())
        if k % 10 == 9:
            log(f"wrote {k + 1} of {len(ordered)}")
    spans, written = np.concatenate(ordered), np.concatenate(written)
    questions, rows = rows_of(w, spans, written, rng)
    assert questions, "no question came to an end: train the writer for longer"
    words = lambda ids: " ".join(vocab[i] for i in ids).replace(" ##", "")
    for source, q, c, start, n, first, *_ in rows[rng.permutation(len(rows))[:40]]:
        size = len(questions[q])
        log(
            f"{SOURCES[source]}: {words(questions[q])} -> "
            f"{words(w.ctx_host[w.ctx_at_host[c] + first - size - 2 + start :][:6]) if first else '-'}"
        )
    part = a.out.with_suffix(".part.npz")
    np.savez(
        part,
        ctx=np.zeros(0, np.uint16),
        ctx_at=np.zeros(1, np.int32),
        ctx_article=np.zeros(0, np.int32),
        ctx_document=np.zeros(0, bool),
        q=np.concatenate(questions),
        q_at=np.cumsum([0] + [len(q) for q in questions]).astype(np.int32),
        rows=rows,
        sources=np.array(SOURCES),
    )
    part.rename(a.out)
    log(
        f"{len(questions)} questions, {len(rows)} windows: "
        + str({s: int((rows[:, 0] == k).sum()) for k, s in enumerate(SOURCES)})
    )


if __name__ == "__main__":
    main()
