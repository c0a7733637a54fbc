"""Generated questions without an answer: about another paragraph of the same article, or a changed question.

Two kinds, both in the spirit of the "TFIDF" and "rule-based" negatives of Rajpurkar et al. 2018 (SQuAD 2.0):
`similar_paragraphs` pairs a question with the most similar other paragraph that lacks the answer text;
`swapped_question` replaces a name, a number or a comparative of the question.
"""

import math
import re
from collections import Counter, defaultdict

NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+(?: (?:of |the )?[A-Z][\w'’-]+)*")
YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b")
NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
PAIRS = """first last;largest smallest;biggest smallest;highest lowest;most least;more fewer;more less;before after;
oldest youngest;oldest newest;north south;northern southern;east west;eastern western;increase decrease;
increased decreased;won lost;win lose;began ended;begin end;start end;started stopped;longest shortest;best worst;
greater lesser;larger smaller;higher lower;upper lower;early late;earlier later;earliest latest;male female;men women;
man woman;public private;internal external;positive negative;old new;majority minority;allowed prohibited;
accepted rejected;supported opposed;gained lost;joined left;husband wife;father mother;brother sister;son daughter;
major minor;modern ancient;born buried;created destroyed;arrived departed;top bottom;maximum minimum;rich poor;
strong weak;common rare;similar different;inside outside;open closed;buy sell;bought sold;hot cold;king queen;
domestic foreign;local national;urban rural;outer inner;left right;long short;high low;large small""".replace("\n", "")
OPPOSITE = defaultdict(list)
for pair in PAIRS.split(";"):
    one, two = pair.split()
    OPPOSITE[one].append(two)
    OPPOSITE[two].append(one)


def words(text):
    """Lower-case words of a text."""
    return re.findall(r"\w+", text.lower())


def similar_paragraphs(contexts, items, top=1):
    """For each (question, answers, own paragraph) the indices of the best other paragraphs without the answer."""
    bags = [set(words(c)) for c in contexts]
    low = [c.lower() for c in contexts]
    df = Counter(w for b in bags for w in b)
    where = defaultdict(list)
    for i, b in enumerate(bags):
        for w in b:
            where[w].append(i)
    out = []
    for question, answers, own in items:
        score = Counter()
        for w in sorted(set(words(question))):
            if w in df and df[w] < 0.5 * len(bags) + 1:
                gain = math.log(1 + len(bags) / df[w])
                for i in where[w]:
                    score[i] += gain
        score.pop(own, None)
        found = []
        for i, _ in score.most_common(12):
            if low[i] != low[own] and not any(a.lower() in low[i] for a in answers):
                found.append(i)
                if len(found) == top:
                    break
        out.append(found)
    return out


def swapped_question(question, context, article_names, rng):
    """A question changed so that the paragraph no longer answers it, or None when no rule applies."""
    options = []
    low = question.lower()
    for m in NAME.finditer(question):
        old = m.group()
        pool = [n for n in set(NAME.findall(context)) if n.lower() not in low and not set(words(n)) & set(words(old))]
        if len(pool) < 2 or rng.random() < 0.25:
            pool += [
                n
                for n in rng.sample(article_names, min(5, len(article_names)))
                if n.lower() not in low and not set(words(n)) & set(words(old))
            ]
        if pool:
            options.append((m.start(), m.end(), rng.choice(sorted(pool))))
    for m in NUMBER.finditer(question):
        rule = YEAR if YEAR.fullmatch(m.group()) else NUMBER
        pool = sorted(
            {n for n in rule.findall(context) if n not in question and (rule is YEAR) == bool(YEAR.fullmatch(n))}
        )
        if rule is YEAR and (not pool or rng.random() < 0.3):
            pool = [str(int(m.group()) + rng.choice([-20, -10, -7, -3, -1, 1, 3, 8, 10, 20]))]
        if pool:
            options.append((m.start(), m.end(), rng.choice(pool)))
    for m in re.finditer(r"[a-z]+", question):
        if m.group() in OPPOSITE:
            options.append((m.start(), m.end(), rng.choice(OPPOSITE[m.group()])))
    if not options and rng.random() < 0.15:
        m = re.search(r"\b(did|does|do|was|were|is|are|can|could|has|have|had)\b(?! not)( \w+)?", question)
        if m and not question.lower().startswith(m.group()):
            cut = m.end(1) if m.group(1) in ("was", "were", "is", "are") and rng.random() < 0.5 else m.end()
            options.append((cut, cut, " not"))
    if not options:
        return None
    a, b, new = rng.choice(options)
    return question[:a] + new + question[b:]
