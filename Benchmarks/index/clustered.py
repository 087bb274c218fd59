"""Synthetic clustered vectors, 768 numbers each and of length one, a block in memory at a time.

A vector is its cluster's centre and its own deviation, 0.6 as large. Both are normal with a spectrum that falls as
i^-0.4 (as if there were 92 dimensions of equal weight), turned by a random rotation so that no axis stands out.
"""

import numpy

DIMENSION, CENTRES, DEVIATION, DECAY = 768, 10_000, 0.6, 0.4
QUERIES = 2_000
BLOCK = 25_000


def generator(*seed):
    return numpy.random.Generator(numpy.random.PCG64([2026, *seed]))


class Clusters:
    def __init__(self):
        spectrum = numpy.arange(1, DIMENSION + 1) ** -DECAY
        turn, _ = numpy.linalg.qr(generator(0).standard_normal((DIMENSION, DIMENSION)))
        self.basis = (spectrum[:, None] * turn).astype("f4")
        self.centres = generator(1).standard_normal((CENTRES, DIMENSION), dtype="f4")

    def draw(self, count, *seed):
        """float32 `[count, 768]`; the same for the same seed."""
        random = generator(*seed)
        cluster = random.integers(0, CENTRES, count)
        deviation = DEVIATION * random.standard_normal((count, DIMENSION), dtype="f4")
        vectors = (self.centres[cluster] + deviation) @ self.basis
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def write(path, count):
    """Blocks have seeds of their own, so that a small file is the beginning of a large one."""
    clusters = Clusters()
    array = numpy.lib.format.open_memmap(path, mode="w+", dtype="<f4", shape=(count, DIMENSION))
    for start in range(0, count, BLOCK):
        array[start: start + BLOCK] = clusters.draw(BLOCK, 2, start // BLOCK)
    array.flush()


def write_queries(path):
    with open(path, "wb") as file:
        numpy.save(file, Clusters().draw(QUERIES, 3))
