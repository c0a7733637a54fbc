"""The compact training file on the training device: batches are assembled there, without host work per step.

Row columns (see prepare_data.Builder.add): 0 source, 1 question, 2 context, 3 first context token, 4 length,
5-8 starts, 9-12 ends, 13 1000*conf, 14 article.
"""

import numpy as np
import torch
from squad import CLS, PAD, SEP

BUCKETS = (96, 128, 160, 192, 224, 256, 320, 384)


class Windows:
    """Rows of `train.npz` as device tensors; `batch` assembles padded token windows."""

    def __init__(self, paths, device):
        """paths: files of prepare_data.py, and of questions.py (which refer to the contexts of those before them)."""
        parts = [np.load(p) for p in paths]
        self.sources = list(dict.fromkeys(str(s) for z in parts for s in z["sources"]))
        rows, ctx, q, article, document = [], [], [], [], []
        n_ctx = n_q = n_article = 0
        for z in parts:
            r = z["rows"].copy()
            r[:, 0] = np.array([self.sources.index(str(s)) for s in z["sources"]])[r[:, 0]]
            r[:, 1] += n_q
            if len(z["ctx_at"]) > 1:
                r[:, 2] += n_ctx
                r[:, 14] += n_article
                article.append(z["ctx_article"] + n_article)
                document.append(z["ctx_document"])
                ctx.append(z)
            n_ctx += len(z["ctx_at"]) - 1
            n_article = max([n_article, *(a.max() + 1 for a in article)])
            n_q += len(z["q_at"]) - 1
            rows.append(r)
            q.append(z)
        flat = lambda key: np.concatenate([z[key] for z in (ctx if key == "ctx" else q)])
        at = lambda key: np.concatenate(
            [
                [0],
                np.cumsum(
                    np.concatenate([np.diff(z[key + "_at"].astype(np.int64)) for z in (ctx if key == "ctx" else q)])
                ),
            ]
        )
        put = lambda a, t: torch.from_numpy(a.astype(t)).to(device)
        self.rows_host = np.concatenate(rows)
        self.ctx_article, self.ctx_document = np.concatenate(article), np.concatenate(document)
        self.ctx_host, self.ctx_at_host = flat("ctx"), at("ctx")
        self.q_host, self.q_at_host = flat("q"), at("q")
        self.ctx, self.q = put(self.ctx_host, np.int32), put(self.q_host, np.int32)
        self.ctx_at, self.q_at = put(self.ctx_at_host, np.int64), put(self.q_at_host, np.int64)
        self.device = device
        self.set_rows(self.rows_host)

    def set_rows(self, rows):
        """Replaces the rows [N, 15] and everything derived from them."""
        put = lambda a: torch.from_numpy(a.astype(np.int64)).to(self.device)
        self.rows_host, self.rows = rows, put(rows)
        self.length = (np.diff(self.q_at_host)[rows[:, 1]] + rows[:, 4] + 3).astype(np.int64)
        self.flat_at = put(np.concatenate([[0], np.cumsum(self.length)]))

    def batch(self, rows, size):
        """rows int64 [B] -> ids, types int64 [B,S], mask bool [B,S], starts, ends int64 [B,4] (S = size)."""
        r = self.rows[rows]
        q_at, c_at = self.q_at[r[:, 1]][:, None], (self.ctx_at[r[:, 2]] + r[:, 3])[:, None]
        n_q = (self.q_at[r[:, 1] + 1] - self.q_at[r[:, 1]])[:, None]
        n_c = r[:, 4][:, None]
        pos = torch.arange(size, device=self.device)[None]
        from_q = self.q[(q_at + pos - 1).clamp(0, len(self.q) - 1)]
        from_c = self.ctx[(c_at + pos - n_q - 2).clamp(0, len(self.ctx) - 1)]
        ids = torch.where(pos <= n_q, from_q, from_c)
        ids = torch.where((pos == n_q + 1) | (pos == n_q + n_c + 2), SEP, ids)
        ids = torch.where(pos == 0, CLS, ids)
        mask = pos <= n_q + n_c + 2
        ids = torch.where(mask, ids, PAD).long()
        types = ((pos > n_q + 1) & mask).long()
        return ids, types, mask, r[:, 5:9], r[:, 9:13]

    def source_mask(self, *names):
        """Bool [N] (host): rows of the named sources."""
        return np.isin(self.rows_host[:, 0], [self.sources.index(n) for n in names if n in self.sources])

    def folds(self, k):
        """Fold number [N] (host) by article."""
        return self.rows_host[:, 14] % k

    def sample(self, mix, rng, keep=None):
        """Row numbers of one epoch: each row on average `mix[source]` times, less when its confidence is low."""
        p = np.zeros(len(self.rows_host))
        for name, value in mix.items():
            if name in self.sources:
                p[self.rows_host[:, 0] == self.sources.index(name)] = value
        conf = self.rows_host[:, 13] / 1000.0
        p *= np.clip((conf - 0.45) / 0.45, 0.2, 1.0)
        if keep is not None:
            p *= keep
        return np.repeat(np.arange(len(p)), np.floor(p + rng.random(len(p))).astype(int))

    def plan(self, rows, tokens, rng):
        """Shuffled list of (bucket size, row numbers [tokens // size]); the few remaining rows are dropped."""
        rows = rng.permutation(rows)
        bucket = np.searchsorted(BUCKETS, self.length[rows])
        out = []
        for i, size in enumerate(BUCKETS):
            part, b = rows[bucket == i], tokens // size
            out += [(size, part[k : k + b]) for k in range(0, len(part) - b + 1, b)]
        rng.shuffle(out)
        return out
