#!/usr/bin/env python3
"""Indexes whose vectors are exchanged bit by bit: ours and others', each round beside an index that was built anew.

    python Benchmarks/index/streaming.py [minilm-300k] [--engines needletail,hnswlib,…] [--rounds 20] [--share 0.05]

The first vectors of the set are stored, so many that the rest lasts for all rounds (150,000 of 300,000); in each round
the part --share of what is there, drawn at random, is removed, and as many new vectors are added. Ours is `needletail
bench streaming`, which builds an index anew in every round; the others' are built anew after the last. Every engine searches
with the value of its knob that first found 0.95 before the first round. hnswlib marks what is removed and takes its
place for new vectors; usearch does so as well. faiss' HNSW removes nothing.

The table goes to standard error, JSON to standard output, and with --output FOLDER also into files, with a drawing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy

import curves
import data
from compare import OURS, machine, recall, say
from peers import ENGINES, LIMIT

TARGET = 0.95


class Hnswlib:
    def __init__(self, base, labels, threads):
        import hnswlib

        self.engine, self.threads = ENGINES["hnswlib"](), threads
        settings = self.engine.settings
        self.engine.index = self.index = hnswlib.Index(space="ip", dim=base.shape[1])
        self.index.init_index(
            max_elements=len(labels), M=settings["M"], ef_construction=settings["ef_construction"],
            allow_replace_deleted=True)
        self.index.set_num_threads(threads)
        self.index.add_items(base[labels], labels)

    def exchange(self, base, gone, come):
        for label in gone:
            self.index.mark_deleted(label)
        self.index.add_items(base[come], come, replace_deleted=True)

    @property
    def places(self):
        return self.index.get_current_count()

    @property
    def bytes(self):
        return self.index.index_file_size()


class Usearch:
    def __init__(self, base, labels, threads):
        from usearch.index import Index

        self.engine, self.threads = ENGINES["usearch f32"](), threads
        settings = self.engine.settings
        self.engine.index = self.index = Index(
            ndim=base.shape[1], metric="ip", dtype="f32", connectivity=settings["connectivity"],
            expansion_add=settings["expansion_add"])
        self.index.add(labels, base[labels], threads=threads)

    def exchange(self, base, gone, come):
        self.index.remove(gone, threads=self.threads)
        self.index.add(come, base[come], threads=self.threads)

    @property
    def places(self):
        return self.index.capacity

    @property
    def bytes(self):
        return self.index.memory_usage


PEERS = {"hnswlib": Hnswlib, "usearch f32": Usearch}


def truth(base, live, queries):
    import faiss

    faiss.omp_set_num_threads(os.cpu_count())
    _, found = faiss.knn(queries, base[live], LIMIT, metric=faiss.METRIC_INNER_PRODUCT)
    return live[found]


def searched(peer, queries, value, threads, nearest):
    """What a peer finds of the nearest, and how fast, after a pass to warm up."""
    peer.engine.search(queries, value, threads)
    start = time.perf_counter()
    found = peer.engine.search(queries, value, threads)
    seconds = time.perf_counter() - start
    return recall(numpy.asarray(found).astype("<i8"), nearest), len(queries) / seconds


def peer_rounds(engines, base, queries, options):
    """Each peer's rounds; all see the same exchanges."""
    stored = int(len(base) / (1 + options.rounds * options.share) + 1e-6)
    exchanged = int(stored * options.share + 1e-6)
    live = numpy.arange(stored)
    random = numpy.random.Generator(numpy.random.PCG64(1))
    nearest = truth(base, live, queries)
    peers, values, rounds = {}, {}, {engine: [] for engine in engines}
    for engine in engines:
        say(f"building {engine}")
        peer = peers[engine] = PEERS[engine](base, live, options.threads)
        for value in peer.engine.values:
            values[engine] = value
            if searched(peer, queries, value, options.threads, nearest)[0] >= TARGET:
                break
    for number in range(1, options.rounds + 1):
        places = random.choice(len(live), exchanged, replace=False)
        gone, come = live[places], numpy.arange(exchanged) + stored + (number - 1) * exchanged
        live = numpy.concatenate([numpy.delete(live, places), come])
        nearest = truth(base, live, queries)
        for engine, peer in peers.items():
            start = time.perf_counter()
            peer.exchange(base, gone, come)
            seconds = time.perf_counter() - start
            found, speed = searched(peer, queries, values[engine], options.threads, nearest)
            rounds[engine].append({
                "round": number, "recall": found, "qps": speed, "value": values[engine], "places": peer.places,
                "bytes": peer.bytes, "exchange_seconds": seconds})
            say(f"  round {number}: {engine} finds {found:.4f}")
    for engine in engines:
        say(f"building {engine} anew")
        peers[engine] = None
        fresh = PEERS[engine](base, live, options.threads)
        found, speed = searched(fresh, queries, values[engine], options.threads, nearest)
        rounds[engine][-1] |= {"fresh_recall": found, "fresh_qps": speed}
    return rounds


def ours(name, queries, options, folder):
    asked = Path(folder) / "queries.npy"
    numpy.save(asked, queries)
    command = [
        options.program, "bench", "streaming", "--base", str(data.path(name)), "--queries", str(asked),
        "--limit", str(LIMIT), "--recall", str(TARGET), "--rounds", str(options.rounds), "--share", str(options.share),
        "--threads", str(options.threads), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"streaming.py: needletail bench streaming: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    return [
        {**row, "value": result["walk"], "exchange_seconds": row["remove_seconds"] + row["add_seconds"]}
        for row in result["rounds"]]


def table(name, results):
    say(f"\n{name}")
    say(f"  {'engine':12} {'round':>5} {'recall':>7} {'fresh':>7} {'queries/s':>10} {'places':>8} {'MB':>7} "
        f"{'exchange s':>10}")
    for engine, rounds in results.items():
        for row in rounds:
            fresh = f"{row['fresh_recall']:7.4f}" if "fresh_recall" in row else f"{'':7}"
            say(f"  {engine:12} {row['round']:5} {row['recall']:7.4f} {fresh} {row['qps']:10.0f} {row['places']:8} "
                f"{row['bytes'] / 1e6:7.1f} {row['exchange_seconds']:10.2f}")


def drawing(name, results):
    recalls, speeds, sizes = {}, {}, {}
    for engine, rounds in results.items():
        recalls[engine] = [(row["round"], row["recall"]) for row in rounds]
        fresh = [(row["round"], row["fresh_recall"]) for row in rounds if "fresh_recall" in row]
        recalls[f"{engine}, built anew"] = fresh
        speeds[engine] = [(row["round"], row["qps"]) for row in rounds]
        sizes[engine] = [(row["round"], row["bytes"] / 1e6) for row in rounds]
    return curves.panels(
        f"{name}: vectors exchanged round by round", "round",
        [("recall@10", recalls, False), ("queries/s", speeds, True), ("MB", sizes, True)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["minilm-300k"], help=f"of {', '.join(data.COUNTS)}")
    parser.add_argument("--engines", default=",".join([OURS, *PEERS]), help=f"of {OURS}, {', '.join(PEERS)}")
    parser.add_argument("--rounds", default=20, type=int)
    parser.add_argument("--share", default=0.05, type=float)
    parser.add_argument("--queries", default=2000, type=int)
    parser.add_argument("--threads", default=os.cpu_count(), type=int)
    parser.add_argument("--program", default=str(data.REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--output", help="a folder for the JSON and the drawing")
    options = parser.parse_args()
    engines = options.engines.split(",")
    if unknown := set(engines) - {OURS, *PEERS}:
        parser.error(f"unknown engines: {', '.join(sorted(unknown))}")
    results = {"machine": machine(), "sets": {}}
    for name in options.names:
        if not data.path(name).exists():
            parser.error(f"{name} is not there: run Benchmarks/index/data.py {name}")
        queries = numpy.load(data.queries(name))
        queries = queries[:: max(1, len(queries) // options.queries)][: options.queries]
        found = {}
        if OURS in engines:
            say(f"measuring {OURS}")
            with tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
                found[OURS] = ours(name, queries, options, folder)
        if others := [engine for engine in engines if engine != OURS]:
            found |= peer_rounds(others, numpy.load(data.path(name)), queries, options)
        results["sets"][name] = found
        table(name, found)
        if options.output:
            folder = Path(options.output)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}-streaming.svg").write_text(drawing(name, found))
            (folder / f"{name}-streaming.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
