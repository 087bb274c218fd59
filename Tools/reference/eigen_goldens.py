"""Writes Tests/NeedletailTensorTests/Fixtures/eigen.json: eigenvalues and -vectors of symmetric matrices by numpy."""

import json
import pathlib

import numpy

generator = numpy.random.Generator(numpy.random.PCG64(11))


def random(order):
    a = generator.standard_normal((order, order))
    return (a + a.T) / 2


def case(name, matrix):
    values, vectors = numpy.linalg.eigh(matrix)
    return {
        "name": name,
        "order": len(matrix),
        "matrix": numpy.asarray(matrix).ravel().tolist(),
        "values": values[::-1].tolist(),
        "vectors": vectors.T[::-1].ravel().tolist(),
    }


samples = generator.standard_normal((200, 24)) * numpy.geomspace(1, 1e-3, 24)
cases = [
    case("one by one", numpy.array([[4.0]])),
    case("two by two", numpy.array([[2.0, 1.0], [1.0, 2.0]])),
    case("random 3", random(3)),
    case("random 17", random(17)),
    case("random 40", random(40)),
    case("covariance with a wide spectrum", numpy.cov(samples.T)),
    case("large numbers", 1e150 * random(6)),
    case("tiny numbers", 1e-150 * random(6)),
]
target = pathlib.Path(__file__).parents[2] / "Tests/NeedletailTensorTests/Fixtures/eigen.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps({"made_with": {"numpy": numpy.__version__}, "cases": cases}) + "\n")
