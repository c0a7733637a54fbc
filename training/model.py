"""A lean BERT question-answering network with Hugging Face parameter names.

`QaBert` computes exactly what `transformers.BertForQuestionAnswering` computes
(`export.py --check` compares them), but in a form that a CUDA graph can capture
(no data-dependent host synchronisation) and that can simulate the 8-bit
arithmetic of the shipped runtime (`set_quant`).

Shapes: B windows, S tokens (padded), H hidden, A heads.
  forward(ids [B,S] int64, types [B,S] int64, mask [B,S] bool) -> [B,S,2] float32
The encoder also takes a mask [B,S,S]: which positions (last axis) each position sees.
Sources: Devlin et al. 2018 (BERT); all-MiniLM-L6-v2 for the shipped sizes, BERT-Base for the teachers'.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

SIZES = dict(
    vocab_size=30522,
    hidden_size=384,
    num_hidden_layers=6,
    num_attention_heads=12,
    intermediate_size=1536,
    max_position_embeddings=512,
    type_vocab_size=2,
    layer_norm_eps=1e-12,
)


def fake_quant_weight(w):
    """Per-row symmetric int8 of a weight [rows, cols], straight-through gradient."""
    scale = w.detach().abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127.0
    q = torch.clamp(torch.round(w / scale), -127, 127) * scale
    return w + (q - w).detach()


def fake_quant_activation(x, per):
    """Asymmetric uint8 of an activation [B,S,H] (ONNX DynamicQuantizeLinear): the range always contains 0.

    per: "batch" = one range for the tensor, "window" = one for each of the B windows.
    """
    x = x.float()
    dims = (0, 1, 2) if per == "batch" else (1, 2)
    lo = x.detach().amin(dims, keepdim=True).clamp_max(0.0)
    hi = x.detach().amax(dims, keepdim=True).clamp_min(0.0)
    scale = ((hi - lo) / 255.0).clamp_min(1e-12)
    zero = torch.round(-lo / scale)
    q = (torch.clamp(torch.round(x / scale) + zero, 0, 255) - zero) * scale
    return x + (q - x).detach()


class QLinear(nn.Linear):
    """nn.Linear whose weight and input can be fake-quantised (`wq`, `aq` set by `set_quant`)."""

    wq = False
    aq = False

    def forward(self, x):
        w = fake_quant_weight(self.weight) if self.wq else self.weight
        if self.aq:
            x = fake_quant_activation(x, self.aq)
        return F.linear(x, w, self.bias)


class Embeddings(nn.Module):
    """Sum of word, position and token-type vectors, then LayerNorm: [B,S] -> [B,S,H]."""

    wq = False

    def __init__(self, c):
        super().__init__()
        h = c["hidden_size"]
        self.word_embeddings = nn.Embedding(c["vocab_size"], h)
        self.position_embeddings = nn.Embedding(c["max_position_embeddings"], h)
        self.token_type_embeddings = nn.Embedding(c["type_vocab_size"], h)
        self.LayerNorm = nn.LayerNorm(h, eps=c["layer_norm_eps"])

    def forward(self, ids, types):
        table = fake_quant_weight(self.word_embeddings.weight) if self.wq else self.word_embeddings.weight
        x = F.embedding(ids, table) + self.position_embeddings.weight[: ids.shape[1]][None]
        return self.LayerNorm(x + self.token_type_embeddings(types))


class SelfAttention(nn.Module):
    def __init__(self, c):
        super().__init__()
        h = c["hidden_size"]
        self.heads = c["num_attention_heads"]
        self.query, self.key, self.value = QLinear(h, h), QLinear(h, h), QLinear(h, h)

    def forward(self, x, mask, drop):
        b, s, h = x.shape
        q, k, v = (f(x).view(b, s, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        mask = mask[:, None, None, :] if mask.dim() == 2 else mask[:, None]
        # E5's scores reach several hundred: bfloat16 would round them by 2, and PyTorch's fused attention gives NaN
        scores = (q.float() @ k.float().transpose(2, 3)) * (h // self.heads) ** -0.5
        p = scores.masked_fill(~mask, -1e4).softmax(-1)
        y = F.dropout(p, drop, training=drop > 0).to(v.dtype) @ v
        return y.transpose(1, 2).reshape(b, s, h)


class Output(nn.Module):
    """Dense, residual, LayerNorm (both after attention and after the feed-forward)."""

    def __init__(self, n_in, c):
        super().__init__()
        self.dense = QLinear(n_in, c["hidden_size"])
        self.LayerNorm = nn.LayerNorm(c["hidden_size"], eps=c["layer_norm_eps"])

    def forward(self, y, x, drop):
        return self.LayerNorm(x + F.dropout(self.dense(y), drop, training=drop > 0))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self = SelfAttention(c)
        self.output = Output(c["hidden_size"], c)


class Intermediate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = QLinear(c["hidden_size"], c["intermediate_size"])


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.attention = Attention(c)
        self.intermediate = Intermediate(c)
        self.output = Output(c["intermediate_size"], c)

    def forward(self, x, mask, drop, attn_drop):
        x = self.attention.output(self.attention.self(x, mask, attn_drop), x, drop)
        return self.output(F.gelu(self.intermediate.dense(x)), x, drop)


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.layer = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))


class Bert(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embeddings = Embeddings(c)
        self.encoder = Encoder(c)


class QaBert(nn.Module):
    """BERT with a start/end head; `drop`/`attn_drop` apply in training mode only."""

    def __init__(self, c=None, drop=0.1, attn_drop=0.1):
        super().__init__()
        c = c or SIZES
        self.bert = Bert(c)
        self.qa_outputs = nn.Linear(c["hidden_size"], 2)
        self.drop, self.attn_drop = drop, attn_drop

    def forward(self, ids, types, mask):
        drop = self.drop if self.training else 0.0
        attn_drop = self.attn_drop if self.training else 0.0
        x = self.bert.embeddings(ids, types)
        x = F.dropout(x, drop, training=drop > 0)
        for layer in self.bert.encoder.layer:
            x = layer(x, mask, drop, attn_drop)
        with torch.autocast(x.device.type, enabled=False):
            return F.linear(x.float(), self.qa_outputs.weight, self.qa_outputs.bias)

    def set_quant(self, weights, activations):
        """Fake quantisation of weights (bool) and of matmul inputs (False, "batch" or "window")."""
        for m in self.modules():
            if isinstance(m, (QLinear, Embeddings)):
                m.wq = weights
            if isinstance(m, QLinear):
                m.aq = activations
        return self


def quantised_names(names):
    """The tensors stored in 8 bits: word embeddings and every encoder Linear weight."""
    return [
        n
        for n in names
        if n == "bert.embeddings.word_embeddings.weight"
        or (n.startswith("bert.encoder.") and n.endswith("weight") and "LayerNorm" not in n)
    ]


def read_state(path):
    """{name: float tensor} of a safetensors file under QaBert's names; F16, F32 or 8 bits with `_scale` tensors."""
    raw, state = load_file(path), {}
    for k, v in raw.items():
        if k.endswith("_scale") or "position_ids" in k:
            continue
        w = v.float() * raw[k + "_scale"][:, None] if v.dtype == torch.int8 else v.float()
        state[k if k.startswith(("bert.", "cls.", "qa_outputs.")) else "bert." + k] = w
    return state


def mean_state(spec):
    """read_state of one file, or the weighted mean of several: "a.safetensors=0.7,b.safetensors=0.3".

    Without "=" the weights are equal.
    """
    parts = [part.partition("=") for part in str(spec).split(",")]
    weights = [float(weight) if weight else 1 / len(parts) for _, _, weight in parts]
    assert abs(sum(weights) - 1) < 1e-6, f"{spec}: the weights sum to {sum(weights)}, expected 1"
    states = [read_state(path) for path, _, _ in parts]
    return {k: sum(w * s[k] for w, s in zip(weights, states)) for k in states[0]}


def sizes_of(state):
    """The sizes of a network, from the shapes of its tensors; both kinds used here have 12 heads."""
    layers = 1 + max(int(k.split(".")[3]) for k in state if k.startswith("bert.encoder.layer."))
    hidden = state["bert.embeddings.LayerNorm.weight"].shape[0]
    return dict(
        SIZES,
        hidden_size=hidden,
        num_hidden_layers=layers,
        intermediate_size=state["bert.encoder.layer.0.intermediate.dense.weight"].shape[0],
    )


def load_encoder(path, seed=0):
    """QaBert from an encoder file, with a new head initialised from `seed`."""
    torch.manual_seed(seed)
    state = {k: v for k, v in read_state(path).items() if k.startswith("bert.") and "pooler" not in k}
    model = QaBert(sizes_of(state))
    nn.init.normal_(model.qa_outputs.weight, std=0.02)
    nn.init.zeros_(model.qa_outputs.bias)
    missing, extra = model.load_state_dict(state, strict=False)
    assert not extra and set(missing) == {"qa_outputs.weight", "qa_outputs.bias"}, (missing, extra)
    return model


def load_model(path):
    """QaBert from a full checkpoint, or from the mean of several (mean_state). Raises KeyError if it has no head."""
    state = mean_state(path)
    if "qa_outputs.weight" not in state:
        raise KeyError(f"{path}: no qa_outputs.weight")
    model = QaBert(sizes_of(state))
    model.load_state_dict({k: v for k, v in state.items() if "pooler" not in k and not k.startswith("cls.")})
    return model
