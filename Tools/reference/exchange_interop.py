"""Checks the documented ways of documents and vectors in and out of collections with the libraries themselves.

    $(Tools/python-with Tools/reference/exchange-requirements.txt) Tools/reference/exchange_interop.py NEEDLETAIL

pyarrow writes a Parquet file; DuckDB's and pyarrow's lines of docs/collections.md turn it into JSONL, which NEEDLETAIL
adds and exports again. BEIR's own loader reads an exported folder, NumPy reads exported vectors.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DUCKDB_LINE = "COPY (SELECT * FROM '{}') TO '/dev/stdout' (FORMAT json)"
PYARROW_LINE = (
    "import json, sys, pyarrow.parquet as pq\n"
    "for batch in pq.ParquetFile(sys.argv[1]).iter_batches():\n"
    "    for row in batch.to_pylist(): print(json.dumps(row))"
)


def run(program, *arguments, input=None):
    done = subprocess.run([program, "collection", *map(str, arguments)], input=input, capture_output=True)
    assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}"
    return done.stdout


def rows(data):
    return [json.loads(line) for line in data.splitlines()]


def check_parquet(program, folder):
    count, width = 1000, 8
    vectors = np.random.default_rng(1).standard_normal((count, width)).astype(np.float32)
    table = pa.table({
        "id": [f"row {n}" for n in range(count)],
        "text": [f'text "{n}"\nof two lines, ünï' for n in range(count)],
        "year": list(range(1900, 1900 + count)),
        "tags": [["a", str(n)] for n in range(count)],
        "share": [n / 7 for n in range(count)],
        "vector": list(vectors),
    })
    parquet = folder / "table.parquet"
    pq.write_table(table, parquet, compression="zstd")
    duck = subprocess.run(
        [sys.executable, "-c", f'import duckdb; duckdb.sql("{DUCKDB_LINE.format(parquet)}")'], capture_output=True, check=True)
    arrow = subprocess.run([sys.executable, "-c", PYARROW_LINE, parquet], capture_output=True, check=True)
    for name, lines in [("duckdb", duck.stdout), ("pyarrow", arrow.stdout)]:
        collection = folder / name
        run(program, "create", collection, "--own-vectors", width)
        run(program, "add", collection, "-", input=lines)
        run(program, "export", collection, "--output", folder / f"{name}.jsonl", "--vectors", folder / f"{name}.npy")
        found = rows((folder / f"{name}.jsonl").read_bytes())
        expected = [
            {"id": r["id"], "text": r["text"], "metadata": {k: r[k] for k in ["year", "tags", "share"]}}
            for r in table.to_pylist()
        ]
        assert found == expected, f"{name}: rows differ"
        assert np.array_equal(np.load(folder / f"{name}.npy"), vectors), f"{name}: vectors differ"


def check_vectors(program, folder):
    vectors = np.random.default_rng(2).standard_normal((300, 5)).astype(np.float32)
    rows = ({"id": str(n), "text": f"t{n}", "embedding": vectors[n].tolist()} for n in range(300))
    (folder / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    collection = folder / "own"
    run(program, "create", collection, "--own-vectors", 5)
    run(program, "add", collection, folder / "own.jsonl")
    run(program, "export", collection, "--output", folder / "back.jsonl", "--vectors", folder / "back.fvecs")
    raw = np.fromfile(folder / "back.fvecs", dtype=np.int32).reshape(300, 6)
    assert (raw[:, 0] == 5).all() and np.array_equal(raw[:, 1:].copy().view(np.float32), vectors)


def check_beside(program, folder):
    """Vectors in a file beside the rows, as NumPy writes them in several types."""
    exact = np.random.default_rng(3).standard_normal((500, 6))
    rows_file = folder / "beside.jsonl"
    rows_file.write_text("".join(json.dumps({"id": str(n), "text": f"t{n}"}) + "\n" for n in range(500)))
    fvecs = np.empty((500, 7), np.int32)
    fvecs[:, 0] = 6
    fvecs[:, 1:] = exact.astype(np.float32).view(np.int32)
    fvecs.tofile(folder / "beside.fvecs")
    files = {folder / "beside.fvecs": exact.astype(np.float32)}
    for kind in [np.float64, np.float32, np.float16]:
        path = folder / f"{np.dtype(kind).name}.npy"
        np.save(path, exact.astype(kind))
        files[path] = exact.astype(kind).astype(np.float32)
    for path, expected in files.items():
        collection = folder / f"beside-{path.name}"
        run(program, "create", collection, "--own-vectors", 6)
        run(program, "add", collection, rows_file, "--vectors", path)
        back = folder / f"{path.name}-back.npy"
        run(program, "export", collection, "--output", folder / "beside-back.jsonl", "--vectors", back)
        assert np.array_equal(np.load(back), expected), f"{path.name}: vectors differ"
        assert [row["id"] for row in rows((folder / "beside-back.jsonl").read_bytes())] == [str(n) for n in range(500)]


def check_beir(program, folder):
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / "beir", "beir==2.2.0"],
        check=True)
    sys.path.insert(0, str(folder / "beir"))
    from beir.datasets.data_loader import GenericDataLoader

    source = folder / "source"
    (source / "qrels").mkdir(parents=True)
    corpus = {str(n): {"title": f"Title {n}" if n % 2 else "", "text": f"Text {n}."} for n in range(50)}
    with open(source / "corpus.jsonl", "w") as file:
        for name, document in corpus.items():
            file.write(json.dumps({"_id": name, **document, "metadata": {"n": int(name)}}) + "\n")
    collection = folder / "beir-collection"
    run(program, "create", collection)
    run(program, "add", collection, source)
    target = folder / "target"
    run(program, "export", collection, "--format", "beir", "--output", target)
    (target / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "a question"}) + "\n")
    (target / "qrels").mkdir()
    (target / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    found, _, _ = GenericDataLoader(str(target)).load(split="test")
    assert {k: {f: v[f] for f in ("title", "text")} for k, v in found.items()} == corpus


def main():
    program = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_parquet(program, folder)
        check_vectors(program, folder)
        check_beside(program, folder)
        check_beir(program, folder)
    print(f"Parquet by duckdb {duckdb.__version__} and pyarrow {pa.__version__}, numpy {np.__version__}, beir 2.2.0: all equal")


if __name__ == "__main__":
    main()
