"""The texts that are tokenized: English lines, lines of thirty languages, and single inputs of a megabyte."""

import json
import random
from pathlib import Path

MEGABYTE = 1_000_000


def english(data):
    for path in sorted((Path(data) / "pretrain-text").glob("*.txt")):
        yield from path.read_text(encoding="utf-8").splitlines()
    with open(Path(data) / "pretrain-text/state_union.jsonl", encoding="utf-8") as file:
        for row in file:
            yield from json.loads(row)["text"].splitlines()


def mixed(data):
    data = Path(data)
    with open(data / "udhr/udhr.jsonl", encoding="utf-8") as file:
        for row in file:
            yield from json.loads(row)["text"].splitlines()
    for path in sorted((data / "tatoeba").glob("*.tsv")):
        for row in path.read_text(encoding="utf-8").splitlines()[1:]:
            yield from row.split("\t")
    for path in sorted((data / "xquad").glob("*/corpus.jsonl")):
        with open(path, encoding="utf-8") as file:
            for row in file:
                yield json.loads(row)["text"]


def lines(source, limit=None):
    """Lines that are not empty, in one seeded order; at most `limit` bytes of them."""
    rows = [row for row in source if row.strip()]
    random.Random(0).shuffle(rows)
    if limit is None:
        return rows
    total = 0
    for count, row in enumerate(rows):
        total += len(row.encode())
        if total > limit:
            return rows[:count]
    return rows


def repeated(unit):
    return unit * (MEGABYTE // len(unit.encode()) + 1)


def long_inputs(data):
    """Texts of a megabyte, one each."""
    whole = "\n".join(lines(english(data)))
    generator = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    with open(Path(data) / "xquad/zh/corpus.jsonl", encoding="utf-8") as file:
        chinese = "".join(json.loads(row)["text"] for row in file)
    ideographs = "".join(c for c in chinese if "\u4e00" <= c <= "\u9fff")
    return {
        "1 MB of English": whole[:MEGABYTE],
        "one word of 1 MB": "".join(generator.choices(letters, weights=range(26, 0, -1), k=MEGABYTE)),
        "one letter, 1 MB": "a" * MEGABYTE,
        "1 MB of spaces": " " * MEGABYTE,
        "1 MB of Chinese": repeated(ideographs),
        "1 MB of emoji": repeated("😀👩‍👩‍👧🇫🇮🙂👍🏽❤️"),
    }
