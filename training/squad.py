"""SQuAD files, the BERT tokenizer and the sliding windows shared by training and evaluation.

Windows follow Devlin et al.'s run_squad: [CLS] question [SEP] piece of context [SEP], at most `max_len` tokens,
the question cut to `max_query` pieces, consecutive pieces of context overlapping by `stride` pieces.
"""

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

CLS, SEP, PAD = 101, 102, 0


def build_tokenizer(vocab_path):
    """Uncased BERT WordPiece tokenizer (Hugging Face `tokenizers`), without special tokens."""
    words = Path(vocab_path).read_text(encoding="utf-8").splitlines()
    vocab = {w: i for i, w in enumerate(words)}
    tok = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tok.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True
    )
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tok


def load_squad(path):
    """List of articles: (title, [(context, [qa dict])]). Accepts SQuAD v1.1 and v2.0 form."""
    data = json.loads(Path(path).read_text(encoding="utf-8"))["data"]
    return [(a["title"], [(p["context"], p["qas"]) for p in a["paragraphs"]]) for a in data]


def char_to_token_span(offsets, start, end):
    """Token indices (first, last) that cover characters [start, end) of the context; None if none do.

    offsets: int array [T, 2] of character bounds of each piece.
    """
    first = int(np.searchsorted(offsets[:, 1], start, side="right"))
    last = int(np.searchsorted(offsets[:, 0], end, side="left")) - 1
    return (first, last) if first <= last < len(offsets) else None


def window_starts(n_context, n_question, max_len=384, stride=128):
    """[(start, length)] of the pieces of a context of n_context tokens."""
    room = max_len - n_question - 3
    spans, start = [], 0
    while True:
        length = min(room, n_context - start)
        spans.append((start, length))
        if start + length >= n_context:
            return spans
        start += room - stride


def owns_max_context(spans, index, position):
    """True if window `index` gives context token `position` the largest minimum context of all windows."""
    best, best_score = None, None
    for i, (start, length) in enumerate(spans):
        if not start <= position < start + length:
            continue
        score = min(position - start, start + length - 1 - position) + 0.01 * length
        if best_score is None or score > best_score:
            best, best_score = i, score
    return best == index
