"""Smaller attention scores without another result.

A constant added to all keys adds the same number to all scores of a query, and the softmax does not change. E5's keys
have a large common part: its scores reach several hundred, which costs precision in 16 and 8 bits. `centre_keys` takes
the mean key of each layer out of the bias.
"""

import torch


@torch.no_grad()
def centre_keys(model, windows, rows, batch=64):
    """Changes the key biases of `model` (QaBert) in place; returns the largest |score| of each layer before and after.

    rows: numbers of windows over which the mean is taken; sizes as in `data.Windows.batch`.
    """
    model.eval().set_quant(False, False)
    layers = [layer.attention.self for layer in model.bert.encoder.layer]
    parts = [torch.from_numpy(rows[k : k + batch]).to(windows.device) for k in range(0, len(rows), batch)]

    def scan():
        sums = [torch.zeros(m.key.out_features, device=windows.device) for m in layers]
        most = torch.zeros(len(layers), device=windows.device)
        count = 0
        for part in parts:
            ids, types, mask, _, _ = windows.batch(part, int(windows.length[part.cpu().numpy()].max()))
            seen = {}
            hooks = [
                p.register_forward_hook(lambda _, __, y, at=(i, n): seen.__setitem__(at, y.float()))
                for i, m in enumerate(layers)
                for n, p in (("q", m.query), ("k", m.key))
            ]
            model(ids, types, mask)
            for hook in hooks:
                hook.remove()
            count += int(mask.sum())
            for i, m in enumerate(layers):
                q, k = (seen[i, n].view(*ids.shape, m.heads, -1).transpose(1, 2) for n in "qk")
                scores = (q @ k.transpose(2, 3)) * q.shape[-1] ** -0.5
                scores = scores.masked_fill(~(mask[:, None, None] & mask[:, None, :, None]), 0)
                most[i] = torch.maximum(most[i], scores.abs().max())
                sums[i] += seen[i, "k"][mask].sum(0)
        return sums, most, count

    sums, before, count = scan()
    for m, total in zip(layers, sums):
        m.key.bias -= (total / count).to(m.key.bias.dtype)
    _, after, _ = scan()
    return before.tolist(), after.tolist()
