"""Writes a model folder: config, vocabulary, and weights in 8 bits, optionally with the dequantised F32 twin, or in F32.

  python export.py --model final.safetensors --vocab vocab.txt --out models/default \
      [--threshold T] [--int8-loss L] [--dequant-out hf_dequant] [--check] [--float]

8-bit form: tensor `<name>` I8 [rows, cols] and `<name>_scale` F32 [rows]; w = q * scale[row], |q| <= 127.
`--check` compares the dequantised weights in transformers' BertForQuestionAnswering with `model.QaBert`.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import torch
from model import load_encoder, load_model, quantised_names, sizes_of
from safetensors.torch import save_file


def bert_config(state):
    """Hugging Face BERT configuration of a network, by the shapes of its tensors."""
    return dict(
        architectures=["BertForQuestionAnswering"],
        model_type="bert",
        do_lower_case=True,
        **sizes_of(state),
        hidden_act="gelu",
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        initializer_range=0.02,
        pad_token_id=0,
        position_embedding_type="absolute",
        use_cache=False,
    )


def quantise(state):
    """State dict -> (8-bit storage dict, dequantised F32 dict)."""
    eight = set(quantised_names(state))
    stored, plain = {}, {}
    for name, w in state.items():
        w = w.float().contiguous()
        if name not in eight:
            stored[name] = plain[name] = w
            continue
        scale = (w.abs().amax(dim=1) / 127.0).clamp_min(1e-12)
        q = torch.clamp(torch.round(w / scale[:, None]), -127, 127).to(torch.int8)
        stored[name], stored[name + "_scale"] = q.contiguous(), scale.contiguous()
        plain[name] = q.float() * scale[:, None]
    return stored, plain


def write_text_parts(out, config, vocab):
    """config.json, tokenizer_config.json, vocab.txt."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tok = dict(
        do_lower_case=True,
        strip_accents=None,
        tokenize_chinese_chars=True,
        model_max_length=512,
        tokenizer_class="BertTokenizer",
        unk_token="[UNK]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        mask_token="[MASK]",
    )
    (out / "tokenizer_config.json").write_text(json.dumps(tok, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(vocab, out / "vocab.txt")


def check(folder, state):
    """Largest logit difference between transformers and QaBert on random windows."""
    from model import QaBert
    from transformers import BertForQuestionAnswering

    ours = QaBert(sizes_of(state))
    ours.load_state_dict(state)
    ours.eval()
    theirs = BertForQuestionAnswering.from_pretrained(folder).eval()
    g = torch.Generator().manual_seed(1)
    ids = torch.randint(1000, 30000, (3, 200), generator=g)
    types = (torch.arange(200)[None] > 20).long().expand(3, -1)
    mask = torch.arange(200)[None] < torch.tensor([200, 150, 90])[:, None]
    with torch.no_grad():
        a = ours(ids, types, mask)
        b = theirs(input_ids=ids, token_type_ids=types, attention_mask=mask.long())
    diff = (a - torch.stack([b.start_logits, b.end_logits], -1)).abs()[mask].max().item()
    print("largest logit difference from transformers:", diff)
    assert diff < 1e-3


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--model", required=True, help="a checkpoint, or the mean of several: a=0.7,b=0.3")
    p.add_argument(
        "--encoder-only", action="store_true", help="the file has no head: add a random one as a placeholder"
    )
    p.add_argument("--vocab", type=Path, required=True)
    p.add_argument("--name", default="askbert-e5-small-l12")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--dequant-out", type=Path)
    p.add_argument("--threshold", type=float, default=0.0)
    p.add_argument("--int8-loss", type=float, default=0.0)
    p.add_argument("--check", action="store_true")
    p.add_argument("--float", action="store_true", help="weights as they are, in F32")
    a = p.parse_args()
    state = (load_encoder(a.model) if a.encoder_only else load_model(a.model)).state_dict()
    stored, plain = quantise(state)
    config = bert_config(state)
    if a.float:
        write_text_parts(a.out, config, a.vocab)
        save_file({k: v.contiguous() for k, v in state.items()}, a.out / "model.safetensors", metadata={"format": "pt"})
        return
    shipped = dict(config)
    shipped["quantization_config"] = dict(
        quant_method="ask-bert-int8", bits=8, granularity="row", scale_suffix="_scale"
    )
    shipped["ask_bert"] = dict(
        name=a.name,
        max_seq_length=384,
        doc_stride=44,
        no_answer_threshold=round(a.threshold, 4),
        int8_f1_loss=round(a.int8_loss, 4),
        vocabulary_sha256=hashlib.sha256(a.vocab.read_bytes()).hexdigest(),
    )
    write_text_parts(a.out, shipped, a.vocab)
    save_file(stored, a.out / "model.safetensors", metadata={"format": "pt"})
    (a.out / "model.safetensors").chmod(0o644)
    print("8-bit file:", (a.out / "model.safetensors").stat().st_size, "bytes,", len(stored), "tensors")
    if a.dequant_out:
        write_text_parts(a.dequant_out, config, a.vocab)
        save_file(plain, a.dequant_out / "model.safetensors", metadata={"format": "pt"})
        (a.dequant_out / "model.safetensors").chmod(0o644)
        if a.check:
            check(a.dequant_out, plain)


if __name__ == "__main__":
    main()
