"""Writes Tests/NeedletailTrainingTests/Fixtures/distillation.json: the static distillation recipe in plain numpy.

The teacher is a formula, so that both sides can compute it: the state of a token is its row of `base` plus a quarter of
the mean row of all tokens of its text, the special ones included.
"""

import json
import pathlib
import re

import numpy

generator = numpy.random.Generator(numpy.random.PCG64(5))
words = "the a swift bird flies over town river at dawn and sings small fast old blue".split()
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, "."]
ids = {token: index for index, token in enumerate(vocabulary)}
base = generator.standard_normal((len(vocabulary), 10)).astype(numpy.float32)
odds = 1 / numpy.arange(1, len(words) + 1)
odds /= odds.sum()
lines = []
for _ in range(60):
    sentences = [" ".join(generator.choice(words, generator.integers(1, 9), p=odds)) for _ in range(generator.integers(1, 3))]
    lines.append(". ".join(sentences) + generator.choice(["", ".", " zzz"]))
corpus = "\n".join(lines) + "\n"
options = {"dimensions": 6, "rarity": 0.05, "alone_weight": 0.5, "whitening": 0.4, "maximum_length": 5}


def tokens(sentence):
    return [ids.get(piece, ids["[UNK]"]) for piece in re.findall(r"[a-z]+|\.", sentence)]


def states(inner):
    rows = base[[ids["[CLS]"], *inner, ids["[SEP]"]]].astype(numpy.float64)
    return (rows + 0.25 * rows.mean(axis=0)).astype(numpy.float32).astype(numpy.float64)[1:-1]


def distill(sentences):
    size, width = base.shape
    sums = numpy.stack([options["alone_weight"] * states([token])[0] for token in range(size)])
    counts = numpy.zeros(size)
    for sentence in sentences or []:
        cut = tokens(sentence)[: options["maximum_length"]]
        numpy.add.at(sums, cut, states(cut))
        numpy.add.at(counts, cut, 1)
    if sentences is None:
        rank = iter(range(1, size + 1))
        guess = lambda token: 0 if token.startswith("[") else 0.1 if len(token) == 1 else 1 / next(rank)
        frequency = numpy.array([guess(token) for token in vocabulary])
        frequency /= sum(1 / n for n in range(1, next(rank)))
    else:
        frequency = counts / counts.sum()
    rows = sums / (options["alone_weight"] + counts)[:, None]
    rows = rows * (options["rarity"] / (options["rarity"] + frequency))[:, None]
    if sentences is None:
        covariance = numpy.cov(rows.T, aweights=frequency, bias=True)
    else:
        vectors = numpy.stack([rows[tokens(sentence)].sum(axis=0) for sentence in sentences])
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
        covariance = numpy.cov(vectors.T, bias=True)
    values, axes = numpy.linalg.eigh(covariance)
    values, axes = values[::-1][: options["dimensions"]], axes[:, ::-1][:, : options["dimensions"]]
    signs = numpy.sign(axes[numpy.abs(axes).argmax(axis=0), numpy.arange(axes.shape[1])])
    return rows @ (axes * signs * values ** (-options["whitening"] / 2))


sentences = [part for line in lines for part in re.split(r"(?<=[.!?])\s+", line) if part.strip()]
fixture = {
    "made_with": {"numpy": numpy.__version__},
    "vocabulary": vocabulary,
    "width": base.shape[1],
    "base": base.astype(float).ravel().tolist(),
    "corpus": corpus,
    "options": options,
    "with_corpus": distill(sentences).ravel().tolist(),
    "without_corpus": distill(None).ravel().tolist(),
}
target = pathlib.Path(__file__).parents[2] / "Tests/NeedletailTrainingTests/Fixtures/distillation.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps(fixture) + "\n")
