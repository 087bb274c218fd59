#!/usr/bin/env python3
"""Searches in which only some of the vectors may be found: our graph index beside other engines' filters.

    python Benchmarks/index/filters.py [minilm-300k] [--engines needletail,hnswlib,…] [--queries 1000] [--threads 4]

Which vectors match: so many of all (--shares), spread over all, the same for every query; nearest to the query; and,
far from it, nearest to the most different of the other queries. The truth is the nearest of those that match. Ours is
`needletail bench filters`, which plans each search for a recall of 0.95 and has a scan of every match beside it. Of the
others that value of their own knob counts which first reaches 0.95, or which finds most; they are asked --peer-queries
queries, and a case ends with the value that takes it over --seconds. hnswlib asks a function of Python for each vector,
as its package has nothing else; faiss has bitmaps. usearch's package has no filters.

The table goes to standard error, JSON to standard output, and with --output FOLDER also into files, with drawings.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy

import curves
import data
from compare import OURS, machine, say
from peers import BEAMS, ENGINES, LIMIT

SHARES = "0.5,0.1,0.01,0.001,0.0001"
PLACEMENTS = ("spread", "near", "far")
TARGET = 0.95
PEERS = ("hnswlib", "faiss hnsw", "faiss flat")


def mixed(count):
    """SplitMix64's first numbers with seed 0, by which ours spreads matches, too."""
    with numpy.errstate(over="ignore"):
        bits = numpy.arange(1, count + 1, dtype="u8") * numpy.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ bits >> numpy.uint64(30)) * numpy.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ bits >> numpy.uint64(27)) * numpy.uint64(0x94D049BB133111EB)
    return bits ^ bits >> numpy.uint64(31)


def nearest(scores, matches):
    """The best positions of those that match, by score."""
    positions = numpy.flatnonzero(matches)
    return positions[numpy.argsort(-scores[positions], kind="stable")[:LIMIT]]


def cases(base, queries, shares):
    """For each placement and share the matches of every query, packed to bits, and the nearest of them."""
    count = len(base)
    sizes = [max(1, round(count * share)) for share in shares]
    spread = numpy.argsort(mixed(count), kind="stable")
    scores = queries @ base.T
    opposite = numpy.argmin(queries @ queries.T, axis=1)
    for placement in PLACEMENTS:
        for share, size in zip(shares, sizes):
            sets, truth = [], []
            for row in range(len(queries)):
                matches = numpy.zeros(count, dtype=bool)
                if placement == "spread":
                    matches[spread[:size]] = True
                else:
                    center = scores[row] if placement == "near" else scores[opposite[row]]
                    matches[numpy.argpartition(-center, size - 1)[:size]] = True
                sets.append(numpy.packbits(matches, bitorder="little"))
                truth.append(nearest(scores[row], matches))
            yield placement, share, size, sets, truth


class HnswlibFilter:
    values = BEAMS

    def __init__(self, base, threads):
        self.engine = ENGINES["hnswlib"]()
        self.engine.build(base, threads)

    def search(self, query, matches, value, limit):
        bits = matches.tobytes()
        self.engine.index.set_ef(value)
        try:
            return self.engine.index.knn_query(
                query, limit, num_threads=1, filter=lambda label: bits[label >> 3] >> (label & 7) & 1 == 1)[0][0]
        except RuntimeError:  # it found fewer
            return []


class FaissFilter:
    values = BEAMS

    def __init__(self, base, threads):
        self.engine = ENGINES["faiss hnsw"]()
        self.engine.build(base, threads)

    def search(self, query, matches, value, limit):
        import faiss

        parameters = faiss.SearchParametersHNSW(efSearch=value, sel=faiss.IDSelectorBitmap(matches))
        found = self.engine.index.search(query[None], limit, params=parameters)[1][0]
        return found[found >= 0]


class FaissFlat:
    """An exhaustive scan of what matches."""
    values = (0,)

    def __init__(self, base, _):
        import faiss

        self.index = faiss.IndexFlatIP(base.shape[1])
        self.index.add(base)

    def search(self, query, matches, _, limit):
        import faiss

        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(matches))
        found = self.index.search(query[None], limit, params=parameters)[1][0]
        return found[found >= 0]


def one_thread():
    """An engine's own threads would only be in the way of ours, each of which has a query."""
    import faiss

    faiss.omp_set_num_threads(1)


def measure(engine, queries, sets, truth, value, threads):
    """Every query by itself, the threads taking turns."""
    with ThreadPoolExecutor(threads, initializer=one_thread) as pool:
        start = time.perf_counter()
        ask = lambda row: engine.search(queries[row], sets[row], value, len(truth[row]))
        found = list(pool.map(ask, range(len(queries))))
        seconds = time.perf_counter() - start
    wanted = sum(len(best) for best in truth)
    shared = sum(len(set(map(int, hits)) & set(map(int, best))) for hits, best in zip(found, truth))
    complete = sum(len(hits) == len(best) for hits, best in zip(found, truth))
    return {
        "value": value, "recall": shared / wanted, "complete": complete / len(queries), "qps": len(queries) / seconds}


def peer(engine, queries, every, options):
    """The figures of one engine, in the form of ours."""
    for placement, share, size, sets, truth in every:
        best = None
        start = time.perf_counter()
        for value in engine.values:
            row = measure(engine, queries, sets, truth, value, options.threads)
            if best is None or row["recall"] > best["recall"]:
                best = row
            if row["recall"] >= TARGET or time.perf_counter() - start > options.seconds:
                break
        say(f"  {placement} {share:g}: {best}")
        yield {"placement": placement, "share": share, "matches": size, **best}


def ours(name, queries, options, folder):
    asked = Path(folder) / "queries.npy"
    numpy.save(asked, queries)
    command = [
        options.program, "bench", "filters", "--base", str(data.path(name)), "--queries", str(asked),
        "--limit", str(LIMIT), "--recall", str(TARGET), "--shares", options.shares, "--threads", str(options.threads), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"filters.py: needletail bench filters: {done.stderr.strip()}")
    return json.loads(done.stdout)


def table(name, results):
    say(f"\n{name}")
    say(f"  {'matches':8} {'share':>7}  {'engine':12} {'got all':>8} {'recall':>7} {'queries/s':>10}")
    rows = sorted(
        ((PLACEMENTS.index(row["placement"]), -row["share"], engine == OURS, engine, row)
         for engine, entries in results.items() for row in entries), key=lambda row: (*row[:2], not row[2]))
    for _, _, _, engine, row in rows:
        say(f"  {row['placement']:8} {row['share']:7.2%}  {engine:12} {row['complete']:8.2%} {row['recall']:7.4f} "
            f"{row['qps']:10.0f}" + (f"   (its scan {row['scan_qps']:.0f})" if "scan_qps" in row else ""))


def drawings(name, results):
    """For each placement the recall and the speed by share."""
    for placement in PLACEMENTS:
        recalls, speeds = {}, {}
        for engine, rows in results.items():
            rows = [row for row in rows if row["placement"] == placement]
            recalls[engine] = [(row["share"], row["recall"]) for row in rows]
            speeds[engine] = [(row["share"], row["qps"]) for row in rows]
            if rows and "scan_qps" in rows[0]:
                speeds["scan of every match"] = [(row["share"], row["scan_qps"]) for row in rows]
        yield placement, curves.panels(
            f"{name}, matches {placement}", "part of the vectors that match",
            [("recall@10", recalls, False), ("queries/s", speeds, True)], decades=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["minilm-300k"], help=f"of {', '.join(data.COUNTS)}")
    parser.add_argument("--engines", default=",".join([OURS, *PEERS]), help=f"of {OURS}, {', '.join(PEERS)}")
    parser.add_argument("--shares", default=SHARES)
    parser.add_argument("--queries", default=1000, type=int)
    parser.add_argument("--peer-queries", default=100, type=int)
    parser.add_argument("--seconds", default=20, type=float)
    parser.add_argument("--threads", default=os.cpu_count(), type=int)
    parser.add_argument("--program", default=str(data.REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--output", help="a folder for the JSON and the drawings")
    options = parser.parse_args()
    engines = options.engines.split(",")
    if unknown := set(engines) - {OURS, *PEERS}:
        parser.error(f"unknown engines: {', '.join(sorted(unknown))}")
    shares = [float(share) for share in options.shares.split(",")]
    results = {"machine": machine(), "sets": {}}
    for name in options.names:
        if not data.path(name).exists():
            parser.error(f"{name} is not there: run Benchmarks/index/data.py {name}")
        queries = numpy.load(data.queries(name))
        asked = queries[:: max(1, len(queries) // options.queries)][: options.queries]
        found = {}
        if OURS in engines:
            say(f"measuring {OURS}")
            with tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
                found[OURS] = ours(name, asked, options, folder)["filters"]
        some = asked[:: max(1, len(asked) // options.peer_queries)][: options.peer_queries]
        kinds = {"hnswlib": HnswlibFilter, "faiss hnsw": FaissFilter, "faiss flat": FaissFlat}
        if wanted := [engine for engine in engines if engine != OURS]:
            base = numpy.load(data.path(name))
            every = list(cases(base, some, shares))
            for engine in wanted:
                say(f"building and measuring {engine}")
                found[engine] = list(peer(kinds[engine](base, os.cpu_count()), some, every, options))
        results["sets"][name] = found
        table(name, found)
        if options.output:
            folder = Path(options.output)
            folder.mkdir(parents=True, exist_ok=True)
            for placement, drawing in drawings(name, found):
                (folder / f"{name}-filters-{placement}.svg").write_text(drawing)
            (folder / f"{name}-filters.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
