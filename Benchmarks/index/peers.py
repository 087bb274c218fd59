#!/usr/bin/env python3
"""One other index, built in a process of its own; it then answers orders, a line of JSON each, until input ends.

    python Benchmarks/index/peers.py ENGINE --name minilm-300k --threads 4

The first line says what building took, by the clock and of all processors. An order is
{"threads", "value", "queries", "save"}: all queries (or the first so many) are searched once with a batch call and that
value of the engine's own knob; `save` names a file for the ids.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy

import data

LIMIT = 10
BEAMS = (10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def anonymous_memory():
    """Resident bytes that are no file's."""
    status = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) * 1024 for row in status.splitlines() if row.startswith("RssAnon"))


class Usearch:
    """HNSW in one file of C++; its batch call spreads queries over threads."""
    package, values = "usearch", BEAMS

    def __init__(self, kind, degree=16, width=128):
        self.kind = kind
        self.settings = {"dtype": kind, "connectivity": degree, "expansion_add": width}

    def build(self, base, threads):
        from usearch.index import Index

        self.index = Index(
            ndim=base.shape[1], metric="ip" if self.kind != "i8" else "cos", dtype=self.kind,
            connectivity=self.settings["connectivity"], expansion_add=self.settings["expansion_add"])
        self.index.add(numpy.arange(len(base)), base, threads=threads)

    def search(self, queries, value, threads):
        self.index.expansion_search = value
        return self.index.search(queries, LIMIT, threads=threads).keys

    def bytes_per_vector(self, dimension):
        size = {"f32": 4, "bf16": 2, "i8": 1}[self.kind] * dimension
        return size + 4 * (2 * self.settings["connectivity"] + 1) + 10 + 8


class Hnswlib:
    """The reference implementation of HNSW, float32, built with -march=native by its own setup."""
    package, values = "hnswlib", BEAMS

    def __init__(self, degree=16, width=200):
        self.settings = {"M": degree, "ef_construction": width}

    def build(self, base, threads):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=base.shape[1])
        self.index.init_index(
            max_elements=len(base), M=self.settings["M"], ef_construction=self.settings["ef_construction"])
        self.index.set_num_threads(threads)
        # In pieces, as it copies what it is given.
        for start in range(0, len(base), 50_000):
            self.index.add_items(base[start: start + 50_000], numpy.arange(start, min(start + 50_000, len(base))))

    def search(self, queries, value, threads):
        self.index.set_ef(value)
        return self.index.knn_query(queries, LIMIT, num_threads=threads)[0]

    def bytes_per_vector(self, dimension):
        return 4 * dimension + 4 * (2 * self.settings["M"] + 1) + 8


class Faiss:
    """An index of faiss' factory. `sample` is what codes are trained on."""
    package, sample = "faiss-cpu", 65_536

    def __init__(self, factory, values=BEAMS, **settings):
        self.factory, self.values = factory, values
        self.settings = {"factory": factory, **settings}

    def build(self, base, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        factory = self.factory.replace("HALF", str(base.shape[1] // 2))
        self.settings["factory"] = factory
        self.index = faiss.index_factory(base.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
        self.index.verbose = False
        if "HNSW" in factory:
            faiss.downcast_index(self.index).hnsw.efConstruction = self.settings["efConstruction"]
        if not self.index.is_trained:
            self.index.train(numpy.ascontiguousarray(base[:: max(1, len(base) // self.sample)]))
        for start in range(0, len(base), 50_000):
            self.index.add(base[start: start + 50_000])

    def search(self, queries, value, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        if "HNSW" in self.factory:
            parameters = faiss.SearchParametersHNSW(efSearch=value)
        else:
            parameters = faiss.IndexRefineSearchParameters(
                k_factor=self.settings["k_factor"], base_index_params=faiss.SearchParametersIVF(nprobe=value))
        return self.index.search(queries, LIMIT, params=parameters)[1]

    def bytes_per_vector(self, dimension):
        if "HNSW" in self.factory:
            degree = int(self.factory.removeprefix("HNSW").split(",")[0])
            return (1 if "SQ8" in self.factory else 4) * dimension + 8 * degree
        return dimension // 4 + 8 + 4 * dimension


class InThreads:
    """What an engine without a batch call needs: a share of the queries for each thread (they leave Python's lock)."""

    def shares(self, search, queries, threads):
        found = numpy.full((len(queries), LIMIT), -1, dtype="<i8")

        def share(number):
            for row in range(number, len(queries), threads):
                ids = search(queries[row])
                found[row, : len(ids)] = ids

        if threads == 1:
            share(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(share, range(threads)))
        return found


class Vsag(InThreads):
    """HGraph: a graph over codes, and float32 to reorder with."""
    package, values = "pyvsag", BEAMS

    def __init__(self, codes, precise="fp32", degree=32, width=200):
        self.settings = {
            "base_quantization_type": codes, "use_reorder": True, "precise_quantization_type": precise,
            "max_degree": degree, "ef_construction": width}

    def build(self, base, threads):
        import pyvsag

        pyvsag.set_logger_off()
        self.index = pyvsag.Index("hgraph", json.dumps({
            "dtype": "float32", "metric_type": "ip", "dim": base.shape[1],
            "index_param": {**self.settings, "build_thread_count": threads}}))
        self.index.build(
            vectors=base.reshape(-1), ids=numpy.arange(len(base)), num_elements=len(base), dim=base.shape[1])

    def search(self, queries, value, threads):
        parameters = json.dumps({"hgraph": {"ef_search": value}})
        return self.shares(lambda query: self.index.knn_search(query, LIMIT, parameters)[0], queries, threads)

    def bytes_per_vector(self, dimension):
        codes = {"sq8": dimension, "rabitq": dimension // 8 + 8}[self.settings["base_quantization_type"]]
        return codes + 4 * dimension + 4 * self.settings["max_degree"]


class Zvec(InThreads):
    """Collections on disk; its HNSW over int8, from the mapped files."""
    package, values = "zvec", BEAMS

    def __init__(self, degree=32, width=200):
        self.settings = {"quantize_type": "INT8", "m": degree, "ef_construction": width, "refiner": True}

    def build(self, base, threads):
        import zvec

        self.zvec = zvec
        zvec.init(log_level=zvec.LogLevel.ERROR, query_threads=threads, optimize_threads=threads)
        self.folder = tempfile.TemporaryDirectory(dir=data.FOLDER)
        parameters = zvec.HnswIndexParam(
            metric_type=zvec.MetricType.IP, m=self.settings["m"], ef_construction=self.settings["ef_construction"],
            quantize_type=zvec.QuantizeType.INT8)
        field = zvec.VectorSchema("v", zvec.DataType.VECTOR_FP32, base.shape[1], index_param=parameters)
        self.index = zvec.create_and_open(
            path=f"{self.folder.name}/collection", schema=zvec.CollectionSchema(name="bench", vectors=field))
        for start in range(0, len(base), 1000):
            rows = base[start: start + 1000]
            self.index.insert([zvec.Doc(id=str(start + row), vectors={"v": rows[row]}) for row in range(len(rows))])
        self.index.flush()
        self.index.optimize(zvec.OptimizeOption(concurrency=threads))

    def search(self, queries, value, threads):
        parameters = self.zvec.HnswQueryParam(ef=value, is_using_refiner=True)

        def ids(query):
            asked = self.zvec.Query(field_name="v", vector=query, param=parameters)
            return [int(hit.id) for hit in self.index.query(asked, topk=LIMIT)]

        return self.shares(ids, queries, threads)

    def bytes_per_vector(self, dimension):
        return 5 * dimension + 8 * self.settings["m"]


ENGINES = {
    "usearch f32": lambda: Usearch("f32"),
    "usearch bf16": lambda: Usearch("bf16"),
    "usearch i8": lambda: Usearch("i8"),
    "hnswlib": lambda: Hnswlib(),
    "faiss hnsw": lambda: Faiss("HNSW32,Flat", efConstruction=100),
    "faiss hnsw sq8": lambda: Faiss("HNSW32,SQ8", efConstruction=100),
    "faiss ivf-pq": lambda: Faiss(
        "IVF1024,PQHALFx4fs,RFlat", values=(2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256), k_factor=8),
    "vsag sq8": lambda: Vsag("sq8"),
    "vsag rabitq": lambda: Vsag("rabitq"),
    "zvec int8": lambda: Zvec(),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("--name", default="minilm-50k")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--settings", default="{}", help="other settings, as JSON")
    options = parser.parse_args()
    # What engines print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Copied where it is written to, which nobody does: vsag refuses memory that cannot be.
    base = numpy.load(data.path(options.name), mmap_mode="c")
    queries = numpy.load(data.queries(options.name))
    engine = ENGINES[options.engine]()
    engine.settings.update(json.loads(options.settings))
    before, start, busy = anonymous_memory(), time.perf_counter(), time.process_time()
    engine.build(base, options.threads)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    from importlib.metadata import version

    about = {
        "build_seconds": seconds, "build_processor_seconds": busy,
        "resident_bytes_per_vector": (anonymous_memory() - before) / len(base),
        "bytes_per_vector": engine.bytes_per_vector(base.shape[1]), "values": list(engine.values),
        "settings": engine.settings, "version": f"{engine.package} {version(engine.package)}"}
    print(json.dumps(about), file=answers, flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        asked = queries[: order.get("queries") or len(queries)]
        start, busy = time.perf_counter(), time.process_time()
        found = engine.search(asked, order["value"], order["threads"])
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        if order.get("save"):
            numpy.save(order["save"], numpy.asarray(found).astype("<i8"))
        result = {"seconds": seconds, "processor_seconds": busy, "queries": len(asked)}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main()
