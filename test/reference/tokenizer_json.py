#!/usr/bin/env python3
"""Compares our tokenisers of other families with Hugging Face tokenizers: ids, offsets and, with bytes, word starts.

    python test/reference/tokenizer_json.py --tokenizer tokenizer.json --data DIR        # the SQuAD dev sets
    python test/reference/tokenizer_json.py --tokenizer tokenizer.json --fuzz 1000000    # random strings
    python test/reference/tokenizer_json.py --tokenizer tokenizer.json --every           # every code point
    python test/reference/tokenizer_json.py --tokenizer tokenizer.json --files A B ...   # each line of text files

Starts bench/tokenizer-dump.ts, built as that file says. Prints the number of texts, pieces and differences; fails
unless there are none. Made with tokenizers 0.23.3. Special pieces in a text are text (`encode_special_tokens`; from a
Unigram model, which finds them by itself, they are hidden). Where the normaliser removes what a text begins with, the
library shifts the offsets of all that follows: of such texts only the ids are compared.
"""
import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import tokenizers
from tokenizer_squad import every_character, expected, random_texts, squad_texts
from tokenizers import Tokenizer


def without_special(source):
    """Hugging Face's tokeniser of a tokenizer.json, for which special pieces in a text are text."""
    source = copy.deepcopy(source)
    if source["model"]["type"] == "Unigram":
        for token in source["added_tokens"]:
            source["model"]["vocab"][token["id"]][0] = f"\U0010fffd{token['id']}"
        source["added_tokens"], source["post_processor"] = [], None
    tokenizer = Tokenizer.from_str(json.dumps(source))
    tokenizer.encode_special_tokens = True
    return tokenizer


def begins_removed(tokenizer, text):
    return tokenizer.normalizer is not None and any(text and tokenizer.normalizer.normalize_str(text[:n]) == "" for n in (1, 2))


def compare(tokenizer, texts, dump, has_words, shown):
    pieces = differences = 0
    for text, ours, encoding in zip(texts, dump, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
        theirs = expected(text, encoding)
        pieces += len(theirs[0])
        count = 1 if begins_removed(tokenizer, text) else 3 + has_words
        if ours[:count] != theirs[:count]:
            differences += 1
            if differences <= shown:
                print(f"{text!r}\n  ours   {ours}\n  theirs {theirs} {encoding.tokens}", file=sys.stderr)
    return pieces, differences


def batches(arguments, words):
    if arguments.fuzz:
        return random_texts(random.Random(arguments.seed), words, arguments.fuzz)
    if arguments.every:
        return every_character()
    if arguments.files:
        return (Path(file).read_text(encoding="utf-8").splitlines() for file in arguments.files)
    return [list(squad_texts(arguments.data))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--data")
    parser.add_argument("--files", nargs="+")
    parser.add_argument("--fuzz", type=int)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dumper", default="out-test/bench/tokenizer-dump.js")
    arguments = parser.parse_args()
    tokenizer = without_special(json.loads(Path(arguments.tokenizer).read_text(encoding="utf-8")))
    has_words = json.loads(tokenizer.to_str())["model"]["type"] == "BPE"
    words = [piece.strip("\u2581\u0120") for piece in sorted(tokenizer.get_vocab())]
    words = [word for word in words if len(word) > 1 and word[0] != "\U0010fffd"]
    count = pieces = differences = 0
    for texts in batches(arguments, words):
        with tempfile.TemporaryDirectory() as folder:
            source, out = Path(folder) / "texts.json", Path(folder) / "dump.json"
            source.write_text(json.dumps(texts))
            subprocess.run(["node", arguments.dumper, "--tokenizer", arguments.tokenizer, "--texts", source, "--out", out],
                           check=True)
            found = compare(tokenizer, texts, json.loads(out.read_text()), has_words, 5 if differences == 0 else 0)
        count, pieces, differences = count + len(texts), pieces + found[0], differences + found[1]
    print(f"tokenizers {tokenizers.__version__}: {count} texts, {pieces} pieces, {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
