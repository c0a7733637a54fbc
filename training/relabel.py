"""Checks generated questions with the teachers: drops those answered differently, labels those left unanswered."""

import numpy as np
import torch


@torch.no_grad()
def relabel(w, soft, made, log, chunk=4096, same=0.5):
    """Sampling factors [N]; changes the labels of the rows of `made` (bool [N]) to those of the teachers.

    soft [flat pieces, 2]: logits. A row keeps its span if the teachers' best span overlaps it (F1 of pieces >= `same`)
    and beats their null score. It becomes a row without an answer if it had none in this window, or, at a fifth of the
    weight, if the null score wins. All other rows are dropped.
    """
    keep = np.ones(len(w.rows_host), np.float32)
    numbers = np.flatnonzero(made)
    numbers = numbers[np.argsort(w.length[numbers], kind="stable")]
    rows = w.rows_host.copy()
    counts = dict(kept=0, none=0, left_out=0)
    for part in np.array_split(numbers, max(1, len(numbers) // chunk)):
        if not len(part):
            continue
        r = torch.from_numpy(part).to(w.device)
        size = int(w.length[part].max())
        at = torch.arange(size, device=w.device)[None]
        length = torch.from_numpy(w.length[part]).to(w.device)[:, None]
        y = soft[(w.flat_at[r][:, None] + at).clamp_max(len(soft) - 1)].float()
        asked = (w.q_at[w.rows[r, 1] + 1] - w.q_at[w.rows[r, 1]])[:, None]
        text = (at >= asked + 2) & (at < length - 1)
        # best end for each start, at most 30 pieces on, then the best start
        ends = y[..., 1].masked_fill(~text, -1e4)
        ahead = torch.nn.functional.pad(ends, (0, 29), value=-1e4).unfold(1, 30, 1)
        best, gap = ahead.max(-1)
        score, first = (y[..., 0].masked_fill(~text, -1e4) + best).max(1)
        last = first + gap.gather(1, first[:, None])[:, 0]
        null = y[:, 0, 0] + y[:, 0, 1]
        a, b = w.rows[r, 5], w.rows[r, 9]
        both = (torch.minimum(b, last) - torch.maximum(a, first) + 1).clamp_min(0)
        overlap = 2 * both / ((b - a + 1) + (last - first + 1))
        had, answers = a > 0, score > null
        kept = had & answers & (overlap >= same)
        none = ~answers
        counts["kept"] += int(kept.sum())
        counts["none"] += int(none.sum())
        counts["left_out"] += int((~kept & ~none).sum())
        factor = torch.where(kept, 1.0, torch.where(none, torch.where(had, 0.2, 1.0), 0.0))
        keep[part] = factor.cpu().numpy()
        gone = part[(none & had).cpu().numpy()]
        rows[gone, 5:13] = 0
    w.set_rows(rows)
    log(f"made windows: {counts}")
    return keep
