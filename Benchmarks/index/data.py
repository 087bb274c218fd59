#!/usr/bin/env python3
"""Makes the vectors that the indexes are measured with, once, in the cache (some 4 GB with the large one).

    python Benchmarks/index/data.py [minilm-50k] [minilm-300k] [clustered-50k] [clustered-1m]

For each name NAME.npy (float32, normalised), KIND-queries.npy, and NAME-truth.npy: the positions of the 100 nearest
vectors of every query, int64, by faiss' exhaustive search.

minilm: passages of 40 to 120 words of public text on this machine (passages.py), embedded by `needletail embed` with
the real all-MiniLM-L6-v2 in int8. Queries, held out: single sentences of passages that are not stored, and questions
of the public test sets. clustered: synthetic (clustered.py). The 50k are the first 50,000 of the large ones.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

import clustered
import passages

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needletail"
FOLDER = CACHE / "bench"
COUNTS = {"minilm-50k": 50_000, "minilm-300k": 300_000, "clustered-50k": 50_000, "clustered-1m": 1_000_000}
# Half of them sentences, half questions.
MINILM_QUERIES = 4_000
NEIGHBOURS = 100
# Texts a call of the program, so that an interrupted run goes on where it was.
PART = 10_000


def say(text):
    print(text, file=sys.stderr, flush=True)


def path(name):
    return FOLDER / f"{name}.npy"


def queries(name):
    """The file of the queries that belong to a set."""
    return path(f"{name.split('-')[0]}-queries")


def finish(target, write):
    """Writes a file under another name first, so that what has its name is whole."""
    unfinished = target.with_name(f"unfinished-{target.name}")
    write(unfinished)
    unfinished.rename(target)


def all_passages(data):
    """Every passage with its place, from the cache if they were cut before."""
    file = FOLDER / "passages.tsv"
    if not file.exists():
        say("cutting passages")

        def write(unfinished):
            with open(unfinished, "w", encoding="utf-8") as rows:
                for place, text in passages.passages(data):
                    rows.write(f"{place}\t{text.replace(chr(9), ' ')}\n")

        finish(file, write)
    with open(file, encoding="utf-8") as rows:
        return [row.rstrip("\n").split("\t", 1) for row in rows]


def texts(data):
    """The stored texts and the queries, in the same order every time."""
    every = all_passages(data)
    random.Random(1).shuffle(every)
    stored, rest = every[: COUNTS["minilm-300k"]], every[COUNTS["minilm-300k"]:]
    if len(stored) < COUNTS["minilm-300k"] or len(rest) < MINILM_QUERIES:
        sys.exit(f"data.py: {len(every)} passages were found, 304,000 are needed; more documentation helps")
    generator = random.Random(2)
    sentences = dict.fromkeys(filter(None, (passages.sentence_of(text, generator) for _, text in rest)))
    asked = list(dict.fromkeys(filter(None, passages.questions(data))))
    half = MINILM_QUERIES // 2
    asked = generator.sample(asked, half) + generator.sample(list(sentences), half)
    about = {}
    for place, _ in stored:
        kind = place if place.startswith("data/") else "/".join(place.split("/")[:4])
        about[kind] = about.get(kind, 0) + 1
    (FOLDER / "minilm.json").write_text(json.dumps({"passages": len(every), "stored_from": about}, indent=1) + "\n")
    return [text for _, text in stored], asked


def embed(program, model, rows, target):
    """float32 `[len(rows), 384]`, by the program."""
    def write(unfinished):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "texts.jsonl"
            source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            subprocess.run(
                [program, "embed", "--model", str(model), "--precision", "int8", "--format", "npy", "--quiet",
                 "--input", str(source), "--output", str(unfinished)], check=True)

    finish(target, write)


def joined(parts, target):
    """One file of several, a part in memory at a time."""
    shapes = [numpy.load(part, mmap_mode="r").shape for part in parts]

    def write(unfinished):
        shape = (sum(rows for rows, _ in shapes), shapes[0][1])
        array = numpy.lib.format.open_memmap(unfinished, mode="w+", dtype="<f4", shape=shape)
        start = 0
        for part in parts:
            vectors = numpy.load(part)
            array[start: start + len(vectors)] = vectors
            start += len(vectors)
        array.flush()

    finish(target, write)


def make_minilm(name, options):
    stored, asked = texts(options.data)
    if not queries(name).exists():
        embed(options.program, options.model, asked, queries(name))
    parts = []
    for start in range(0, COUNTS[name], PART):
        parts.append(FOLDER / f"part-{start // PART:03d}.npy")
        if not parts[-1].exists():
            say(f"embedding {start} to {start + PART}")
            embed(options.program, options.model, stored[start: start + PART], parts[-1])
    joined(parts, path(name))
    if name == "minilm-300k":
        for part in parts:
            part.unlink()


def make_clustered(name, _):
    if not queries(name).exists():
        finish(queries(name), clustered.write_queries)
    finish(path(name), lambda unfinished: clustered.write(unfinished, COUNTS[name]))


def make_truth(name):
    # Only this needs faiss.
    import faiss

    stored, asked = numpy.load(path(name), mmap_mode="r"), numpy.load(queries(name))
    _, found = faiss.knn(asked, stored, NEIGHBOURS, metric=faiss.METRIC_INNER_PRODUCT)
    finish(path(f"{name}-truth"), lambda unfinished: numpy.save(unfinished, found.astype("<i8")))


def make(name, options):
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not path(name).exists() or not queries(name).exists():
        say(f"making {name}")
        (make_minilm if name.startswith("minilm") else make_clustered)(name, options)
    if not path(f"{name}-truth").exists():
        say(f"finding the nearest vectors of {name}'s queries")
        make_truth(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(COUNTS)}; all by default")
    parser.add_argument("--program", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--model", default=str(CACHE / "models/all-MiniLM-L6-v2"))
    parser.add_argument("--data", default=os.environ.get("NEEDLETAIL_DATA") or str(REPOSITORY.parent / "shared/data"))
    options = parser.parse_args()
    if unknown := set(options.names) - set(COUNTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(COUNTS)}")
    for name in options.names or COUNTS:
        make(name, options)


if __name__ == "__main__":
    main()
