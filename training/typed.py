"""Questions as people type them: keyboard errors, keywords, commands, speech, corrections, long forms.

Each form keeps the meaning, so that the answer of the question (or that it has none) stays right.
"""

import re

# keys beside each other on a QWERTY keyboard
NEAR = dict(
    q="wa", w="qes", e="wrd", r="etf", t="ryg", y="tuh", u="yij", i="uok", o="ipl", p="ol", a="qsz", s="adwx",
    d="sfec", f="dgrv", g="fhtb", h="gjyn", j="hkum", k="jli", l="ko", z="xa", x="zcs", c="xvd", v="cbf", b="vng",
    n="bmh", m="nj",
)  # fmt: skip
STOP = set(
    "a an the is are was were be been being do does did has have had of in on at to for from by with and or that this "
    "these those it its there what which who whom whose when where why how many much s".split()
)
SPOKEN = ["so", "ok so", "um", "hey", "can you tell me", "do you know", "i want to know", "i'd like to know", "tell me"]
LONG = [
    ("I have been reading this and wonder about one thing: {}", 1),
    ("Please look through the text below and tell me: {}", 1),
    ("{} I could not find it myself, so please point me to the place.", 0),
    ("A colleague asked me today: {} Where does it say that?", 0),
]


def misspelt(question, rng):
    """One keyboard error, two in a long question, in words of at least four letters; None if there is none."""
    words = question.split(" ")
    places = [i for i, w in enumerate(words) if re.fullmatch(r"[A-Za-z]{4,}\W?", w)]
    if not places:
        return None
    for i in rng.sample(places, min(len(places), 2 if len(words) > 9 and rng.random() < 0.5 else 1)):
        w = words[i]
        k = rng.randrange(1, len(w) - 1)
        change = rng.randrange(4)
        if change == 0:
            w = w[:k] + w[k + 1 :]
        elif change == 1:
            w = w[:k] + w[k] + w[k:]
        elif change == 2:
            w = w[:k] + w[k + 1] + w[k] + w[k + 2 :]
        else:
            w = w[:k] + rng.choice(NEAR.get(w[k].lower(), "e")) + w[k + 1 :]
        words[i] = w
    changed = " ".join(words)
    return None if changed == question else changed


def keywords(question, rng):
    """The words that carry meaning; a question word stays in a third of the cases; None if fewer than two are left."""
    words = re.findall(r"[\w.'/$%-]+", question)
    asks = rng.random() < 1 / 3
    kept = [w for i, w in enumerate(words) if w.lower() not in STOP or asks and i == 0]
    return " ".join(kept).lower() if 2 <= len(kept) < len(words) else None


def command(question, rng):
    """'What is the fee?' -> 'find the fee'; others -> 'tell me ...'."""
    bare = question.rstrip(" ?.")
    m = re.match(r"(?:what|which|who) (?:is|are|was|were) (?=(?:the|a|an|his|her|its|their) )", bare, re.I)
    if m:
        return f"{rng.choice(['find', 'give me', 'name', 'show', 'state'])} {bare[m.end() :]}"
    return f"{rng.choice(['tell me', 'say', 'find out', 'show me'])} {bare[:1].lower()}{bare[1:]}"


def spoken(question, rng):
    """Lower case, no punctuation, and an opening as in speech."""
    return f"{rng.choice(SPOKEN)} {re.sub(r'[?,;]', '', question).strip().lower()}"


def corrected(question, rng):
    """'which place, no, which port ...': for questions with "what" or "which", with a wrong noun before them."""
    words = question.split()
    if len(words) < 4 or words[0].lower() not in ("what", "which"):
        return None
    wrong = rng.choice(["name", "year", "number", "place", "date", "person", "one", "part"])
    return (
        f"{words[0]} {wrong}, {rng.choice(['no', 'sorry', 'i mean', 'no wait'])}, {question[:1].lower()}{question[1:]}"
    )


def drawn_out(question, rng):
    """A long form: the question within a request."""
    form, lower = rng.choice(LONG)
    return form.format(question[:1].lower() + question[1:] if lower else question)


def bare(question, _rng):
    """Without the question mark."""
    return question.rstrip(" ?") if question.endswith("?") else None


FORMS = ((misspelt, 5), (keywords, 3), (bare, 2), (command, 2), (spoken, 2), (corrected, 1), (drawn_out, 1))


def as_typed(question, rng):
    """The question in one of the forms, or None if that form does not apply."""
    form = rng.choices([f for f, _ in FORMS], [w for _, w in FORMS])[0]
    return form(question, rng)
