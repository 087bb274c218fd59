"""The texts every engine encodes: sentences and passages of the public test sets, in a seeded order."""

import json
import random
from pathlib import Path

SENTENCES = ("stsb/en/test.tsv", "stsb/en/dev.tsv", "sts12/test.tsv", "sts14/test.tsv", "sts16/test.tsv")
PASSAGES = ("xquad/en/corpus.jsonl", "medquad/corpus.jsonl", "cranfield/corpus.jsonl", "med/corpus.jsonl")


def sentences(data):
    for name in SENTENCES:
        rows = (Path(data) / name).read_text(encoding="utf-8").splitlines()
        for row in rows[1:]:
            yield from row.split("\t")[-2:]


def passages(data):
    for name in PASSAGES:
        with open(Path(data) / name, encoding="utf-8") as file:
            for row in file:
                yield json.loads(row).get("text", "")


def calibration(data):
    """Sentences to choose the ranges of static quantisation with: a set that is not measured."""
    for row in (Path(data) / "stsb/en/train.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        yield from row.split("\t")[-2:]


# How many of each kind the published ratios are measured on.
KINDS = {"sentences": (sentences, 8000), "passages": (passages, 4000), "calibration": (calibration, 300)}

# Twelve tokens for BERT's vocabulary, the first and the last included.
QUERY = "how do young birds learn where to fly in winter"


def load(kind, data, limit=None):
    """Distinct texts of one line each, longer than five characters, shuffled the same way every time."""
    source, count = KINDS[kind]
    lines = (" ".join(text.split()) for text in source(data))
    distinct = list(dict.fromkeys(line for line in lines if len(line) > 5))
    random.Random(0).shuffle(distinct)
    return distinct[: min(count, limit or count)]
