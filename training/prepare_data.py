"""Converts files in SQuAD's format into one compact training file plus held-out evaluation files.

  python prepare_data.py --data DIR --vocab vocab.txt --out DIR [--documents document-passages.json] [--limit N]

DIR also has what shown-tables.mjs and made-records.mjs write.

Writes `train.npz` (flat token arrays and one row per window, see `Builder.save`) and two held-out SQuAD v2.0 files:
`heldout-gold.json` (five articles of SQuAD) and `heldout-mixed.json` (contracts, search queries, TyDi, tables).
`--documents` adds passages of documents with their questions (documents.mjs); those without any are kept as contexts
for questions.py. No dev file is read. Source ids are the positions in SOURCES.
"""

import argparse
import json
import random
import re
from pathlib import Path

import numpy as np
from negatives import NAME, similar_paragraphs, swapped_question
from squad import build_tokenizer, char_to_token_span, load_squad, window_starts
from typed import as_typed

SOURCES = [
    "gold",
    "gold_none",
    "bt_none",
    "bt_para",
    "shifts_wiki",
    "shifts_amazon",
    "qamr",
    "fairytale",
    "qed",
    "nq",
    "tydi",
    "contract",
    "clause",
    "contract_none",
    "tables",
    "reports",
    "para_human",
    "swap_human",
    "long_human",
    "docs",
    "docs_none",
    "typed",
    "typed_none",
    "table_rules",
    "table_rules_none",
    "made",
    "made_none",
]
LONG_SHARE = dict(gold=0.15, shifts_wiki=0.3)  # fraction of questions also asked about a longer context
# fraction of questions also asked as people type them
TYPED_SHARE = dict(gold=0.25, gold_none=0.2, nq=0.2, tydi=0.3, contract=0.2, tables=0.3, docs=0.3, docs_none=0.25,
    made=0.1, table_rules=0.1)  # fmt: skip
FILES = [
    ("squad2-train-reconstructed.json", "gold"),
    ("squad2-train-bt-paraphrases.json", "bt_para"),
    ("squadshifts-new_wiki-v1.0.json", "shifts_wiki"),
    ("squadshifts-amazon_reviews-v1.0.json", "shifts_amazon"),
    ("qamr-dev-test.json", "qamr"),
    ("fairytaleqa-spans.json", "fairytale"),
    ("qed-dev.json", "qed"),
    ("nq-qed-train.json", "nq"),
    ("tydiqa-goldp-en-train.json", "tydi"),
    ("cuad-train.json", "contract"),
    ("shown-tables.json", "tables"),
    ("shown-reports.json", "reports"),
    ("made-records.json", "made"),
]
LEAST_SIM = 0.4  # of a reworded question to the original
HELD_GOLD = [
    "Spectre_(2015_film)",
    "The_Legend_of_Zelda:_Twilight_Princess",
    "Alfred_North_Whitehead",
    "Canadian_Armed_Forces",
    "Architecture",
]
HELD_CONTRACTS = 12  # the first of the file
HELD_SHARE = dict(nq=40, tydi=20, tables=25)  # every n-th article


def shingles(text):
    """Set of five-word shingles."""
    w = re.findall(r"\w+", text.lower())
    return {tuple(w[i : i + 5]) for i in range(max(1, len(w) - 4))}


def split_held_out(files):
    """Moves the held-out articles, and every paragraph that repeats them, out of `files` (in place)."""
    gold = [a for a in files["gold"] if a[0] in HELD_GOLD]
    mixed = files["contract"][:HELD_CONTRACTS]
    files["contract"] = files["contract"][HELD_CONTRACTS:]
    for name, nth in HELD_SHARE.items():
        mixed += files[name][::nth]
        files[name] = [a for k, a in enumerate(files[name]) if k % nth]
    held = set()
    for _, paras in gold + mixed:
        for context, _ in paras:
            held |= shingles(context)
    for name, articles in files.items():
        for k, (title, paras) in enumerate(articles):
            kept = [] if title in HELD_GOLD else paras
            articles[k] = (title, [(c, qas) for c, qas in kept if len((own := shingles(c)) & held) <= 0.2 * len(own)])
    return gold, mixed


def write_squad(path, articles):
    """SQuAD v2.0 JSON of [(title, [(context, qas)])]."""
    data = [
        dict(
            title=t,
            paragraphs=[
                dict(context=c, qas=[dict(q, is_impossible=bool(q.get("is_impossible"))) for q in qas]) for c, qas in ps
            ],
        )
        for t, ps in articles
    ]
    path.write_text(json.dumps(dict(version="held-out", data=data)), encoding="utf-8")
    rows = [q for a in data for p in a["paragraphs"] for q in p["qas"]]
    print(path.name, len(rows), "questions,", sum(q["is_impossible"] for q in rows), "without an answer")


class Builder:
    """Collects tokenised contexts, questions and windows."""

    def __init__(self, tok, max_len=384, stride=128, max_query=64):
        self.tok, self.max_len, self.stride, self.max_query = tok, max_len, stride, max_query
        self.contexts, self.ctx_tokens, self.ctx_offsets = {}, [], []
        self.ctx_article, self.ctx_document = [], []
        self.questions, self.q_tokens, self.rows = {}, [], []
        self.count = dict.fromkeys(SOURCES, 0)

    def context(self, text, article=0, document=False):
        if text not in self.contexts:
            e = self.tok.encode(text, add_special_tokens=False)
            self.contexts[text] = len(self.ctx_tokens)
            self.ctx_tokens.append(np.array(e.ids, np.uint16))
            self.ctx_offsets.append(np.array(e.offsets, np.int32).reshape(-1, 2))
            self.ctx_article.append(article)
            self.ctx_document.append(document)
        return self.contexts[text]

    def question(self, text):
        text = text.strip()
        if text not in self.questions:
            self.questions[text] = len(self.q_tokens)
            self.q_tokens.append(
                np.array(self.tok.encode(text, add_special_tokens=False).ids[: self.max_query], np.uint16)
            )
        return self.questions[text]

    def add(self, source, question, context, answers, conf=1.0, article=0):
        """One question on one context: a row per window; `answers` [(char start, text)], empty = no answer.

        Row: source, question, context, first context token, length, 4 start and 4 end positions inside the window
        (0 = no answer here; unused places repeat the earlier ones), 1000 * conf, article number.
        """
        c, q = self.context(context, article, source.startswith("docs")), self.question(question)
        spans = [char_to_token_span(self.ctx_offsets[c], s, s + len(t)) for s, t in answers]
        spans = [s for s in spans if s]
        if answers and not spans or not len(self.ctx_tokens[c]):
            return False
        spans = (spans * 4)[:4]
        n_q = len(self.q_tokens[q])
        for start, length in window_starts(len(self.ctx_tokens[c]), n_q, self.max_len, self.stride):
            shift = n_q + 2 - start
            inside = [(a + shift, b + shift) if start <= a and b < start + length else (0, 0) for a, b in spans]
            inside = inside or [(0, 0)] * 4
            self.rows.append(
                [
                    SOURCES.index(source),
                    q,
                    c,
                    start,
                    length,
                    *[a for a, _ in inside],
                    *[b for _, b in inside],
                    int(round(conf * 1000)),
                    article,
                ]
            )
        self.count[source] += 1
        return True

    def save(self, path):
        """npz: ctx/ctx_at, q/q_at (flat uint16 tokens and int32 bounds), rows int32 [N, 15]; for each context its
        article and whether it is from a document."""
        flat = lambda parts: (np.concatenate(parts), np.cumsum([0] + [len(p) for p in parts]).astype(np.int32))
        ctx, ctx_at = flat(self.ctx_tokens)
        q, q_at = flat(self.q_tokens)
        rows = np.array(self.rows, np.int32)
        np.savez_compressed(
            path,
            ctx=ctx,
            ctx_at=ctx_at,
            q=q,
            q_at=q_at,
            rows=rows,
            sources=np.array(SOURCES),
            ctx_article=np.array(self.ctx_article, np.int32),
            ctx_document=np.array(self.ctx_document, bool),
        )
        print(path, rows.shape, "windows;", len(ctx_at) - 1, "contexts;", len(q_at) - 1, "questions")


def source_of(name, qa):
    """The source of a question of file `name`, and its confidence; None leaves it out."""
    if qa.get("rule"):
        return "table_rules_none" if qa["is_impossible"] else "table_rules", 1.0
    if name == "bt_para":
        return None if qa["sim"] < LEAST_SIM else (name, min(1.0, 0.4 + 0.6 * qa["sim"]))
    if not qa.get("is_impossible"):
        return (
            "clause"
            if qa.get("type") == "clause" or name == "contract" and len(qa["answers"][0]["text"]) > 150
            else name
        ), 1.0
    return ("bt_none" if qa.get("source") == "bt" else name + "_none"), 1.0


def add_article(b, number, paras, name, rng, limit):
    """All questions of one article from file `name`, then negatives generated from the human-written ones."""
    human = name in ("gold", "shifts_wiki", "shifts_amazon", "fairytale")
    contexts = [c for c, _ in paras]
    items = []
    for own, (context, qas) in enumerate(paras):
        for qa in qas[:limit]:
            found = source_of(name, qa)
            if not found:
                continue
            answers = [] if qa.get("is_impossible") else [(a["answer_start"], a["text"]) for a in qa["answers"]]
            if not b.add(found[0], qa["question"], context, answers, found[1], number):
                continue
            add_typed(b, found[0], qa["question"], context, answers, number, rng)
            if answers:
                items.append((qa["question"], [t for _, t in answers], own))
    if not human:
        return
    near = similar_paragraphs(contexts, items)
    names = sorted({n for c in contexts for n in NAME.findall(c)}) or [""]
    for (question, _, own), found in zip(items, near):
        for other in found:
            b.add("para_human", question, contexts[other], [], 1.0, number)
        changed = swapped_question(question, contexts[own], names, rng)
        if changed:
            b.add("swap_human", changed, contexts[own], [], 1.0, number)


def add_typed(b, source, question, context, answers, number, rng):
    """Repeats some of the questions as people type them."""
    if rng.random() >= TYPED_SHARE.get(source, 0):
        return
    changed = as_typed(question.strip(), rng)
    if changed:
        b.add("typed" if answers else "typed_none", changed, context, answers, 1.0, number)


def long_contexts(contexts, rng):
    """For each paragraph (text, shift): it with its neighbours, as a window of the reader would contain them."""
    out = []
    for i, own in enumerate(contexts):
        first, last = max(0, i - rng.choice([0, 1, 1, 2])), min(len(contexts), i + 1 + rng.choice([0, 1, 1, 2]))
        before = "".join(c + "\n" for c in contexts[first:i])
        out.append((before + own + "".join("\n" + c for c in contexts[i + 1 : last]), len(before)))
    return out


def add_long(b, number, paras, name, rng):
    """Repeats some of an article's questions, each on its paragraph with its neighbours."""
    share = LONG_SHARE.get(name, 0)
    if not share or len(paras) < 2:
        return
    for (context, qas), (text, shift) in zip(paras, long_contexts([c for c, _ in paras], rng)):
        for qa in qas:
            if rng.random() >= share or text == context or qa.get("is_impossible"):
                continue
            answers = [(a["answer_start"] + shift, a["text"]) for a in qa["answers"]]
            b.add("long_human", qa["question"], text, answers, 1.0, number)


def add_documents(b, number, path, limit, rng):
    """Passages of documents with generated questions; most with the headings above them, as in the product."""
    for document in json.loads(Path(path).read_text(encoding="utf-8"))["data"][:limit]:
        number += 1
        for p in document["paragraphs"]:
            above = p.get("headings") or ""
            above = f"{above}:\n" if above and len(above) < 120 and rng.random() < 0.6 else ""
            b.context(above + p["context"], number, True)
            for qa in p["qas"]:
                answers = [(a["answer_start"] + len(above), a["text"]) for a in qa["answers"]]
                source, context = "docs" if answers else "docs_none", above + p["context"]
                if b.add(source, qa["question"], context, answers, 1.0, number):
                    add_typed(b, source, qa["question"], context, answers, number, rng)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--vocab", required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--documents", type=Path)
    p.add_argument("--limit", type=int, help="questions per paragraph (for a dry run)")
    p.add_argument("--articles", type=int, help="articles per file (for a dry run)")
    p.add_argument("--seed", type=int, default=13)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(a.seed)
    files = {name: load_squad(a.data / f) for f, name in FILES}
    gold, mixed = split_held_out(files)
    write_squad(a.out / "heldout-gold.json", gold)
    write_squad(a.out / "heldout-mixed.json", mixed)
    b = Builder(build_tokenizer(a.vocab))
    number = 0
    for name, articles in files.items():
        for title, paras in articles[: a.articles]:
            number += 1
            add_article(b, number, paras, name, rng, a.limit)
            add_long(b, number, paras, name, rng)
    if a.documents:
        add_documents(b, number, a.documents, a.articles, rng)
    print(b.count)
    b.save(a.out / "train.npz")


if __name__ == "__main__":
    main()
