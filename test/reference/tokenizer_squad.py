#!/usr/bin/env python3
"""Compares our tokeniser with Hugging Face tokenizers: ids, offsets and word starts.

On every context and question of SQuAD dev v1.1 and v2.0, from a dump made by bench/tokenizer-dump.ts:
    python test/reference/tokenizer_squad.py --data DIR --vocab models/default/vocab.txt --dump dump.json

On random strings (starts the dumper by itself, once for each set of options and batch):
    python test/reference/tokenizer_squad.py --fuzz 500000 --vocab models/default/vocab.txt \
        --dumper out-test/bench/tokenizer-dump.js

--every does the same with every code point, by itself and between others, in place of random strings.
With --characters the vocabulary of the fuzz is every character by itself, so that each normalised character counts
(with a real vocabulary most words of rare characters are one [UNK] and show their offsets only).

Prints the number of texts, pieces and differences; fails unless there are none. Made with tokenizers 0.23.3.
"""
import argparse
import json
import lzma
import os
import random
import subprocess
import sys
import tempfile
from itertools import chain
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
import tokenizers
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

OPTIONS = [
    {"lowerCase": True, "stripAccents": None, "chineseChars": True},
    {"lowerCase": False, "stripAccents": None, "chineseChars": True},
    {"lowerCase": True, "stripAccents": False, "chineseChars": True},
    {"lowerCase": False, "stripAccents": True, "chineseChars": True},
    {"lowerCase": True, "stripAccents": True, "chineseChars": False},
    {"lowerCase": False, "stripAccents": False, "chineseChars": False},
]


def reference(vocabulary, options):
    """No added tokens: what is written in a text is text, also "[SEP]"."""
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(
        clean_text=True,
        handle_chinese_chars=options["chineseChars"],
        strip_accents=options["stripAccents"],
        lowercase=options["lowerCase"],
    )
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def expected(text, encoding):
    """[ids, starts, ends, word starts] with offsets in UTF-16 units."""
    units = None
    if not text.isascii() and max(text) > "\uffff":
        units = [0]
        for c in text:
            units.append(units[-1] + (2 if c > "\uffff" else 1))
    offsets = encoding.offsets
    words = encoding.word_ids
    starts = [a for a, _ in offsets]
    ends = [b for _, b in offsets]
    if units:
        starts, ends = [units[a] for a in starts], [units[b] for b in ends]
    firsts = [1 if i == 0 or words[i] != words[i - 1] else 0 for i in range(len(words))]
    return [encoding.ids, starts, ends, firsts]


def compare(tokenizer, texts, dump, label, shown=5):
    """Returns (pieces, differences)."""
    if len(texts) != len(dump):
        sys.exit(f"{label}: {len(texts)} texts, {len(dump)} in the dump")
    pieces = differences = 0
    for start in range(0, len(texts), 5000):
        batch = texts[start : start + 5000]
        for text, ours, encoding in zip(batch, dump[start : start + 5000], tokenizer.encode_batch(batch)):
            theirs = expected(text, encoding)
            pieces += len(theirs[0])
            if ours != theirs:
                differences += 1
                if differences <= shown:
                    print(f"{label}: {text!r}\n  ours   {ours}\n  theirs {theirs}", file=sys.stderr)
    return pieces, differences


def squad_paragraphs(folder):
    for name in ("dev-v1.1.json", "dev-v2.0.json"):
        path = Path(folder) / name
        data = path.read_bytes() if path.exists() else lzma.open(f"{path}.xz").read()
        for article in json.loads(data)["data"]:
            yield from article["paragraphs"]


def squad_contexts(folder):
    return [paragraph["context"] for paragraph in squad_paragraphs(folder)]


def squad_texts(folder):
    """Each context and then its questions, in the order of the dump."""
    for paragraph in squad_paragraphs(folder):
        yield paragraph["context"]
        yield from (qa["question"] for qa in paragraph["qas"])


def code_points(*ranges):
    return [chr(cp) for cp in chain(*(range(a, b + 1) for a, b in ranges)) if not 0xD800 <= cp <= 0xDFFF]


MARKS = code_points((0x300, 0x36F), (0x483, 0x489), (0x591, 0x5BD), (0x610, 0x61A), (0x64B, 0x65F), (0x6D6, 0x6ED),
                    (0x8D4, 0x8FF), (0x93C, 0x94D), (0xF71, 0xF87), (0x1AB0, 0x1AFF), (0x1B34, 0x1B44), (0x1BAA, 0x1BAB),
                    (0x1BF2, 0x1BF3), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A),
                    (0xA953, 0xA953), (0xA9C0, 0xA9C0), (0xFE20, 0xFE2F), (0x10A38, 0x10A3F), (0x111C0, 0x111C0),
                    (0x1134D, 0x1134D), (0x11442, 0x11446), (0x1D15E, 0x1D172), (0x1D1BB, 0x1D1C0), (0x1E000, 0x1E02A),
                    (0x1E8D0, 0x1E8D6), (0x1E944, 0x1E94A))
SCRIPTS = [code_points(r) for r in (
    (0, 0x7F), (0x20, 0x7E), (0x80, 0x24F), (0x250, 0x36F), (0x370, 0x52F), (0x531, 0x6FF), (0x700, 0x8FF), (0x900, 0xDFF),
    (0xE00, 0xFFF), (0x1000, 0x17FF), (0x1800, 0x1CFF), (0x1D00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x2BFF),
    (0x2C00, 0x2FFF), (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xE000, 0xF8FF),
    (0xF900, 0xFAFF), (0xFB00, 0xFFFF), (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x12000, 0x1CFFF), (0x1D000, 0x1DFFF),
    (0x1E000, 0x1EFFF), (0x1F000, 0x1FFFF), (0x20000, 0x2FFFF), (0x30000, 0x3FFFF), (0xE0000, 0xE01FF), (0xF0000, 0x10FFFF))]
SMALL = code_points((0x20, 0x7E), (0xC0, 0x17F), (0x1EA0, 0x1EF9))


def random_text(rng, pieces, lengths=(1, 2, 3, 5, 8, 13, 21, 40), long_words=1.0):
    """One string from one of many generators, chosen at random; long_words: share of those of a hundred letters."""
    kind = rng.randrange(10)
    length = rng.choice(lengths)
    if kind == 0:  # all planes
        return "".join(rng.choice(rng.choice(SCRIPTS)) for _ in range(length))
    if kind == 1:  # one script
        script = rng.choice(SCRIPTS)
        return "".join(rng.choice(script) for _ in range(length))
    if kind == 2:  # heaps of marks on anything
        return "".join(rng.choice(MARKS) if rng.random() < 0.7 else rng.choice(rng.choice(SCRIPTS)) for _ in range(length))
    if kind == 3:  # marks with removed and white characters between
        return "".join(rng.choice(rng.choice((MARKS, MARKS, "ae\u00e9\u00c5\u1e69", "\u200d\u00ad\0\x85\ufeff", " \u00a0\n"))) for _ in range(length))
    if kind == 4:  # ideographs
        cjk = (SCRIPTS[16], SCRIPTS[20], SCRIPTS[28], SCRIPTS[15], SMALL)
        return "".join(rng.choice(rng.choice(cjk)) for _ in range(length))
    if kind == 5:  # Latin, composed and decomposed
        return "".join(rng.choice(MARKS[:112]) if rng.random() < 0.2 else rng.choice(SMALL) for _ in range(length))
    if kind == 6:  # real pieces, glued or not
        return "".join(rng.choice(pieces) + rng.choice(("", "", " ", "-", "\u200b", "\u0301", "\u1b44")) for _ in range(length))
    if kind == 7 and rng.random() < long_words:  # near the limit of a word's length
        script = rng.choice(([*"abc"], SMALL, rng.choice(SCRIPTS)))
        return "".join(rng.choice(script[: rng.choice((3, 30, 3000))]) for _ in range(rng.randint(96, 104)))
    if kind == 8:  # upper and lower case
        return "".join(rng.choice(pieces).swapcase() + rng.choice((" ", "", "İ", "ẞ", "Σ", "ﬁ")) for _ in range(length))
    return "".join(rng.choice(("[SEP]", "[CLS]", "[UNK]", "##", "\r\n", "\u2028", "한국", "👩🏽‍💻", "🇩🇪", "\u0301", "x", "é", "中", " ")) for _ in range(length))


def character_vocabulary(path):
    """Writes a vocabulary of every character that the generators use, as first and as continuation piece."""
    characters = sorted(c for c in {*chain(*SCRIPTS), *MARKS} if not c.isspace() and c >= " ")
    lines = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *characters, *("##" + c for c in characters)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def random_texts(rng, words, left):
    for start in range(0, left, 50000):
        yield [random_text(rng, words) for _ in range(min(left - start, 50000))]


def every_character():
    for start in range(0, 0x110000, 0x8000):
        yield [f"{c} a{c}b \u00e9{c}\u0301 \u1b44{c}\u0323" for c in code_points((start, start + 0x7FFF))]


def fuzz(arguments, vocabulary, real_vocabulary):
    texts_in_all = pieces = differences = 0
    words = [piece.removeprefix("##") for piece in sorted(real_vocabulary) if len(piece) > 1]
    for option_index, options in enumerate(OPTIONS):
        tokenizer = reference(vocabulary, options)
        rng = random.Random(arguments.seed * 1000 + option_index)
        for texts in every_character() if arguments.every else random_texts(rng, words, arguments.fuzz // len(OPTIONS) + 1):
            with tempfile.TemporaryDirectory() as folder:
                source, out = Path(folder) / "texts.json", Path(folder) / "dump.json"
                source.write_text(json.dumps(texts))
                subprocess.run(["node", arguments.dumper, "--vocab", arguments.vocab, "--texts", source, "--out", out,
                                "--options", json.dumps(options)], check=True)
                found = compare(tokenizer, texts, json.loads(out.read_text()), json.dumps(options))
            texts_in_all, pieces, differences = texts_in_all + len(texts), pieces + found[0], differences + found[1]
    return texts_in_all, pieces, differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data")
    parser.add_argument("--vocab", default="models/default/vocab.txt")
    parser.add_argument("--dump")
    parser.add_argument("--options", default=json.dumps(OPTIONS[0]), help="the dump's TokenizerOptions, JSON")
    parser.add_argument("--fuzz", type=int, metavar="STRINGS")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--characters", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dumper", default="out-test/bench/tokenizer-dump.js")
    arguments = parser.parse_args()
    vocabulary = WordPiece.read_file(arguments.vocab)
    if (arguments.fuzz or arguments.every) and arguments.characters:
        with tempfile.TemporaryDirectory() as folder:
            arguments.vocab = Path(folder) / "vocab.txt"
            character_vocabulary(arguments.vocab)
            texts, pieces, differences = fuzz(arguments, WordPiece.read_file(str(arguments.vocab)), vocabulary)
    elif arguments.fuzz or arguments.every:
        texts, pieces, differences = fuzz(arguments, vocabulary, vocabulary)
    else:
        source = list(squad_texts(arguments.data))
        dump = json.loads(Path(arguments.dump).read_text())
        pieces, differences = compare(reference(vocabulary, json.loads(arguments.options)), source, dump, "SQuAD")
        texts = len(source)
    print(f"tokenizers {tokenizers.__version__}: {texts} texts, {pieces} pieces, {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
