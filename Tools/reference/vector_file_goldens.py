"""Writes Tests/NeedletailTensorTests/Fixtures/vectors: small files of vectors by numpy, and what they hold.

`.npy` of every element type and version of the format that is read, and some that are refused. `.fvecs`, `.bvecs` and
`.ivecs` have no library of their own: each vector is its number of values as int32 and then the values, as the page of
the TEXMEX data sets (corpus-texmex.irisa.fr) describes them; here numpy's structured arrays write that.
"""

import json
import shutil
from pathlib import Path

import numpy

TARGET = Path(__file__).resolve().parents[2] / "Tests/NeedletailTensorTests/Fixtures/vectors"
shutil.rmtree(TARGET, ignore_errors=True)
TARGET.mkdir(parents=True)

generator = numpy.random.Generator(numpy.random.PCG64(12))
read, refused = {}, {}


def values(type, shape):
    """Numbers of a type, its smallest and largest among them."""
    if type[1] == "f":
        array = generator.standard_normal(shape)
        array.flat[0], array.flat[-1] = -0.0, 6e-5
    else:
        limits = numpy.iinfo(type)
        array = generator.integers(limits.min, limits.max, shape, dtype=type, endpoint=True)
        array.flat[0], array.flat[-1] = limits.min, limits.max
    return array.astype(type)


def note(name, array):
    """What a reader should find: everything rounded to float32, whole numbers exactly as well."""
    read[name] = {
        "shape": array.shape,
        "bits": array.astype("<f4").view("<u4").ravel().tolist(),
        "integers": array.astype(int).ravel().tolist() if array.dtype.kind in "iu" else None,
    }


def npy(name, array, version=None):
    with open(TARGET / name, "wb") as file:
        numpy.lib.format.write_array(file, array, version=version)


for type in ("<f2", "<f4", "<f8", "|i1", "|u1", "<i4", "<i8"):
    for number in (1, 2, 3):
        shape = (4, 3) if number == 1 else (1, 19)
        name = f"{numpy.dtype(type).name}-{number}.npy"
        array = values(type, shape)
        npy(name, array, (number, 0))
        note(name, array)
npy("empty.npy", numpy.zeros((0, 5), "<f4"))
note("empty.npy", numpy.zeros((0, 5), "<f4"))

for name, type in (("a.fvecs", "<f4"), ("a.bvecs", "|u1"), ("a.ivecs", "<i4")):
    array = values(type, (5, 7))
    rows = numpy.zeros(5, dtype=[("count", "<i4"), ("values", type, 7)])
    rows["count"], rows["values"] = 7, array
    (TARGET / name).write_bytes(rows.tobytes())
    note(name, array)
    rows["count"][3] = 6
    (TARGET / f"ragged.{name[2:]}").write_bytes(rows.tobytes())
    refused[f"ragged.{name[2:]}"] = "malformed"

for name, array in {
    "scalar": numpy.float32(1), "vector": numpy.zeros(3, "<f4"), "cube": numpy.zeros((2, 1, 2), "<f4"),
    "no-values": numpy.zeros((3, 0), "<f4"), "columns": numpy.asfortranarray(numpy.zeros((2, 2), "<f4")),
    "big": numpy.zeros((2, 2), ">f4"), "complex": numpy.zeros((2, 2), "<c8"), "words": numpy.array([["a", "bc"]]),
}.items():
    npy(f"{name}.npy", numpy.asarray(array))
    refused[f"{name}.npy"] = "mismatch"
npy("structure.npy", numpy.zeros((2, 2), [("a", "<f4")]))
refused["structure.npy"] = "malformed"

(TARGET / "expected.json").write_text(
    json.dumps({"made_with": f"numpy {numpy.__version__}", "read": read, "refused": refused}) + "\n")
