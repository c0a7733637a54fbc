#!/usr/bin/env python3
"""Makes tables.ts and letter-runs.ts of server/tokenizer/unicode from the behaviour of Hugging Face tokenizers (pinned below).

Every scalar value is run through the library's own normalisers and pre-tokeniser, so the tables hold the Unicode
version (in fact the several versions) that the library was built with, not Python's and not Node's.

    pip install tokenizers==0.23.3
    python scripts/make-unicode-tables.py            # writes the files
    python scripts/make-unicode-tables.py --check    # fails when one differs
"""
import base64
import sys
from pathlib import Path

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel, WhitespaceSplit

PINNED = "0.23.3"
TARGET = Path(__file__).resolve().parent.parent / "server/tokenizer/unicode/tables.ts"
LETTERS = TARGET.with_name("letter-runs.ts")
LIMIT = 0x110000
# Classes of the basic tokeniser; the same numbers are in properties.ts.
REMOVED, SPACE, WORD, PUNCTUATION = range(4)
NONSPACING, CHINESE = 4, 8
HANGUL = range(0xAC00, 0xD7A4)


def scalars():
    return (cp for cp in range(LIMIT) if not 0xD800 <= cp <= 0xDFFF)


def only(**switch):
    """A BertNormalizer with one step switched on."""
    steps = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return BertNormalizer(**{**steps, **switch}).normalize_str


def measure():
    """Returns (classes by code point, decompositions, lower-case mappings)."""
    clean, chinese = only(clean_text=True), only(handle_chinese_chars=True)
    strip, lower = only(strip_accents=True), only(lowercase=True)
    nfd = NFD().normalize_str
    words = BertPreTokenizer().pre_tokenize_str
    classes, decomposed, lowered = [REMOVED] * LIMIT, {}, {}
    for cp in scalars():
        c = chr(cp)
        if (cleaned := clean(c)) == "":
            continue
        if cleaned == " ":
            classes[cp] = SPACE
            continue
        assert cleaned == c, hex(cp)
        parts = [part for part, _ in words(f"a{c}b")]
        assert parts in ([f"a{c}b"], ["a", c, "b"]), hex(cp)  # no white space is left after cleaning
        classes[cp] = WORD if len(parts) == 1 else PUNCTUATION
        padded = chinese(c)
        assert padded in (c, f" {c} "), hex(cp)
        if padded != c:
            classes[cp] |= CHINESE
        if (full := nfd(c)) != c:
            decomposed[cp] = [ord(x) for x in full]
        elif strip(c) == "":
            classes[cp] |= NONSPACING
        if (small := lower(c)) != c:
            lowered[cp] = [ord(x) for x in small]
    # Assumed by the users of the tables: nothing decomposes or lower-cases into what cleaning removes.
    for source in (decomposed, lowered):
        for cp, result in source.items():
            assert all(classes[x] & 3 in (WORD, PUNCTUATION) for x in result), hex(cp)
            assert not any(x in decomposed for x in result) or source is lowered, hex(cp)
    for cp, result in decomposed.items():
        kept = "".join(chr(x) for x in result if not classes[x] & NONSPACING)
        assert strip(chr(cp)) == kept, hex(cp)
    for cp in HANGUL:
        lead, rest = divmod(cp - 0xAC00, 588)
        vowel, tail = divmod(rest, 28)
        expected = [0x1100 + lead, 0x1161 + vowel] + ([0x11A7 + tail] if tail else [])
        assert decomposed.pop(cp) == expected, hex(cp)
    return classes, decomposed, lowered


def measure_letters():
    """Classes of the byte-level pre-tokeniser: 0 neither, 1 a letter, 2 a number, 3 white space."""
    words = ByteLevel(add_prefix_space=False).pre_tokenize_str
    spaces = WhitespaceSplit().pre_tokenize_str
    classes = [0] * LIMIT
    for cp in scalars():
        joins = [len(words(f"{first}{chr(cp)}")) == 1 for first in "x1."]
        classes[cp] = {(True, False, False): 1, (False, True, False): 2, (False, False, True): 0, (False,) * 3: 3}[tuple(joins)]
        # Metaspace splits at the same white space.
        assert (classes[cp] == 3) == (len(spaces(f"x{chr(cp)}x")) == 2), hex(cp)
    return classes


def combining_ranks(classes, decomposed):
    """Canonical ordering, observed from outside: the order of combining classes, as ranks from 1 (0: a starter)."""
    nfd = NFD().normalize_str

    def before(x, y):
        """Whether y x is reordered to x y."""
        return nfd(chr(y) + chr(x)) == chr(x) + chr(y)

    alive = [cp for cp in scalars() if classes[cp] & 3 in (WORD, PUNCTUATION) and cp not in decomposed]
    low, high = 0x0334, 0x0345  # the lowest and the highest class
    marks = [cp for cp in alive if cp not in HANGUL and (before(low, cp) or before(cp, high))]
    assert low in marks and high in marks
    order = []  # one list of marks for each class, ascending
    for cp in marks:
        left, right = 0, len(order)
        while left < right:
            middle = (left + right) // 2
            other = order[middle][0]
            if before(cp, other):
                right = middle
            elif before(other, cp):
                left = middle + 1
            else:
                order[middle].append(cp)
                break
        else:
            order.insert(left, [cp])
    ranks = {cp: rank for rank, group in enumerate(order, 1) for cp in group}
    for cp, result in decomposed.items():
        marked = [x in ranks for x in result]
        assert all(marked) or not marked[0], hex(cp)  # a mark decomposes into marks only
        assert marked == sorted(marked), hex(cp)  # and a starter into starters, then marks
        assert [ranks.get(x, 0) for x in result if x in ranks] == sorted(ranks[x] for x in result if x in ranks)
    return ranks


def varints(numbers):
    out = bytearray()
    for n in numbers:
        assert n >= 0
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        out.append(n)
    return base64.b64encode(bytes(out)).decode()


def zigzag(n):
    return n * 2 if n >= 0 else -n * 2 - 1


def class_runs(classes):
    start = 0
    for cp in range(1, LIMIT + 1):
        if cp == LIMIT or classes[cp] != classes[start]:
            yield (cp - start) << 4 | classes[start]
            start = cp


def decomposition_list(decomposed):
    previous = first = 0
    for cp, result in sorted(decomposed.items()):
        yield (cp - previous) << 3 | len(result)
        yield zigzag(result[0] - first)
        yield from result[1:]
        previous, first = cp, result[0]


def lower_runs(single):
    """(gap << 1 | stride is 2, count, zigzag(difference)) for each run of equal differences."""
    items = sorted(single.items())
    end = index = 0
    while index < len(items):
        cp, small = items[index]
        stride = items[index + 1][0] - cp if index + 1 < len(items) else 1
        stride = stride if stride in (1, 2) else 1
        count = 1
        while index + count < len(items) and items[index + count] == (cp + stride * count, small + stride * count):
            count += 1
        yield (cp - end) << 1 | (stride - 1)
        yield count
        yield zigzag(small - cp)
        end = cp + stride * (count - 1)
        index += count


def rank_runs(ranks):
    items = sorted(ranks.items())
    end = index = 0
    while index < len(items):
        cp, rank = items[index]
        count = 1
        while index + count < len(items) and items[index + count] == (cp + count, rank):
            count += 1
        yield from (cp - end, count, rank)
        end = cp + count
        index += count


def main():
    assert tokenizers.__version__ == PINNED, f"tokenizers {tokenizers.__version__}, pinned {PINNED}"
    classes, decomposed, lowered = measure()
    ranks = combining_ranks(classes, decomposed)
    several = {cp: result for cp, result in lowered.items() if len(result) > 1}
    single = {cp: result[0] for cp, result in lowered.items() if len(result) == 1}
    several_list = [n for cp, result in sorted(several.items()) for n in (cp, len(result), *result)]
    text = f"""// Generated by scripts/make-unicode-tables.py from tokenizers {PINNED}; do not edit. Decoded by properties.ts.
// Each string is base64 of unsigned LEB128 numbers.

/** Runs over all code points: length << 4 | class. */
export const CLASSES =
  '{varints(class_runs(classes))}';

/** {len(decomposed)} full canonical decompositions (without Hangul): gap << 3 | count, zigzag(first - previous first), the rest. */
export const DECOMPOSITIONS =
  '{varints(decomposition_list(decomposed))}';

/** {len(ranks)} combining marks in {max(ranks.values())} classes: gap, count, rank of the class. */
export const COMBINING =
  '{varints(rank_runs(ranks))}';

/** {len(single)} lower-case mappings: gap << 1 | (stride - 1), count, zigzag(difference). */
export const LOWER_CASE =
  '{varints(lower_runs(single))}';

/** Lower-case mappings to several code points: code point, count, code points. */
export const LOWER_CASE_SEVERAL = '{varints(several_list)}';
"""
    letters = f"""// Generated by scripts/make-unicode-tables.py from tokenizers {PINNED}; do not edit. Decoded by letters.ts.

/** Runs over all code points: length << 4 | class; unsigned LEB128 numbers in base64. */
export const LETTER_RUNS =
  '{varints(class_runs(measure_letters()))}';
"""
    if "--check" in sys.argv:
        differ = [path.name for path, new in ((TARGET, text), (LETTERS, letters)) if path.read_text() != new]
        sys.exit(f"{differ} differ" if differ else 0)
    TARGET.write_text(text)
    LETTERS.write_text(letters)
    print(f"{TARGET.name}: {len(text)} characters, {len(decomposed)} decompositions, {len(lowered)} lower-case mappings,"
          f" {len(several)} to several, {len(ranks)} marks in {max(ranks.values())} classes")


if __name__ == "__main__":
    main()
