#!/usr/bin/env python3
"""Bulk encoding beside other engines: one command, one run, the same texts, turn by turn.

    python Benchmarks/peers/encode.py [--kinds sentences,passages] [--engines ours,onnxruntime,openvino,pytorch]

Every engine is a process of its own that has loaded and warmed up before the first round and waits while another is
timed. A round times each engine once, in an order that turns from round to round; the figure of an engine is its best
round, the spread is given beside it. Ours is `needletail bench encode`, started anew each round with a warm-up pass of
its own. Results go to standard output as JSON, the table to standard error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from texts import KINDS, load

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needletail"


class Peer:
    """An engine of engines.py, loaded and waiting."""

    def __init__(self, engine, path, options):
        command = [
            sys.executable, str(HERE / "engines.py"), engine, "--model", options.model, "--input", path,
            "--threads", str(options.threads), "--cache", str(CACHE / "peers")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.answer()

    @staticmethod
    def export(options):
        subprocess.run(
            [sys.executable, str(HERE / "engines.py"), "export", "--model", options.model, "--input", "-",
             "--threads", str(options.threads), "--cache", str(CACHE / "peers")],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[2]} ended with code {self.process.wait()}")
        return json.loads(line)

    def time(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ours:
    """The command line of this repository; one process a round."""

    def __init__(self, path, options):
        self.command = [
            options.needletail, "bench", "encode", "--model", options.model, "--input", path,
            "--threads", str(options.threads), "--repeat", "1", "--json"]

    def time(self):
        done = subprocess.run(self.command, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(self.command)} ended with code {done.returncode}")
        result = json.loads(done.stdout)
        return {
            "seconds": min(result["seconds"]), "texts": result["texts"], "tokens": result["tokens"],
            "peak_memory_bytes": result["peak_memory_bytes"]}

    def close(self):
        pass


def bulk(kind, options):
    texts = load(kind, options.data, options.limit)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "texts.txt")
        Path(path).write_text("\n".join(texts) + "\n", encoding="utf-8")
        engines = {}
        try:
            for name in options.engines:
                engines[name] = Ours(path, options) if name == "ours" else Peer(name, path, options)
            rounds = {name: [] for name in engines}
            order = list(engines)
            for turn in range(options.rounds):
                for name in order[turn % len(order) :] + order[: turn % len(order)]:
                    rounds[name].append(engines[name].time())
                    print(f"{kind} round {turn + 1} {name} {rounds[name][-1]['seconds']:.3f} s", file=sys.stderr)
        finally:
            for engine in engines.values():
                engine.close()
    return {name: summary(results) for name, results in rounds.items()}


def summary(results):
    seconds = [result["seconds"] for result in results]
    best = min(seconds)
    return {
        "texts": results[0]["texts"], "tokens": results[0]["tokens"], "best_seconds": best,
        "median_seconds": statistics.median(seconds), "seconds": seconds,
        "texts_per_second": results[0]["texts"] / best, "tokens_per_second": results[0]["tokens"] / best,
        "peak_memory_bytes": max(result["peak_memory_bytes"] for result in results)}


def report(kind, engines):
    """Prints the table and returns our ratio to each peer: above 1, we are faster."""
    tokens = {result["tokens"] for result in engines.values()}
    if len(tokens) > 1:
        raise SystemExit(f"{kind}: the engines counted different tokens: {tokens}")
    ours = engines.get("ours")
    ratios = {}
    print(f"\n{kind}: {engines[next(iter(engines))]['texts']} texts, {tokens.pop()} tokens", file=sys.stderr)
    for name, result in engines.items():
        spread = max(result["seconds"]) / result["best_seconds"] - 1
        line = (f"  {name:12} {result['texts_per_second']:8.0f} texts/s {result['tokens_per_second']:8.0f} tokens/s "
                f"best of {len(result['seconds'])} (spread {spread:.0%}), {result['peak_memory_bytes'] / 1e6:.0f} MB")
        if ours and name != "ours":
            by_best = result["best_seconds"] / ours["best_seconds"]
            by_median = result["median_seconds"] / ours["median_seconds"]
            ratios[name] = {"best": by_best, "median": by_median}
            line += f"; ours is {by_best:.2f}x (median {by_median:.2f}x)"
        print(line, file=sys.stderr)
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--needletail", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--model", default=str(CACHE / "models/all-MiniLM-L6-v2"))
    default_data = os.environ.get("NEEDLETAIL_DATA") or str(REPOSITORY.parent / "shared/data")
    parser.add_argument("--data", default=default_data)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument(
        "--engines", type=lambda text: text.split(","), default=["ours", "onnxruntime", "openvino", "pytorch"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=int, help="only that many texts, to try the command out")
    options = parser.parse_args()

    results = {"threads": options.threads, "rounds": options.rounds, "date": time.strftime("%F"), "kinds": {}}
    if {"onnxruntime", "openvino"} & set(options.engines):
        Peer.export(options)
    for kind in options.kinds:
        engines = bulk(kind, options)
        results["kinds"][kind] = {"engines": engines, "ratios": report(kind, engines)}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
