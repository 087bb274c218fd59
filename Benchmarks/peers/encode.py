#!/usr/bin/env python3
"""Encoding beside other engines: one command, one run, the same texts, turn by turn.

    python Benchmarks/peers/encode.py [--models minilm,random-6x384,random-12x768] [--threads 1,4]
        [--kinds latency,sentences,passages] [--precisions f32,bf16,int8] [--engines ours,onnxruntime,…]

For each model, number of threads and workload there is first a heat: every variant of every peer (variants.py)
encodes a sample, is compared with sentence-transformers in float32 on 64 texts, and the fastest variant of each engine
and precision goes on. Then the rounds: every engine has loaded and warmed up and waits while another is timed; a round
times each once, in an order that turns from round to round; the figure of an engine is its best round, the spread is
given beside it. Results go to standard output as JSON, the tables to standard error.
"""

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import models
import report
from places import CACHE, HERE, REPOSITORY
from runners import Ours, Peer, Unavailable
from texts import KINDS, QUERY, load
from variants import ENGINES, PRECISIONS, STREAMING, VARIANTS, Variant

REFERENCE = Variant("pytorch", "f32", "sentence-transformers")
CHECKED = 64
# Below this mean cosine an engine computes something else, and is not compared with. Whole-matrix int8 is near 0.95.
AGREEMENT = 0.9
QUERY_CALLS = 300


def say(text):
    print(text, file=sys.stderr, flush=True)


class Workload:
    """One model on one kind of texts with one number of threads."""

    def __init__(self, kind, model, threads, folder, options):
        self.kind, self.model, self.threads, self.folder, self.options = kind, model, threads, folder, options
        self.path_of_model = models.folder(model)
        self.latency = kind == "latency"
        texts = load("sentences" if self.latency else kind, options.data, options.limit)
        if self.latency:
            texts = texts[:CHECKED]
        else:
            texts = texts[: max(CHECKED, round(len(texts) * models.share(model)))]
        self.count = len(texts)
        self.sample = min(self.count, max(128, round((512 if kind == "sentences" else 128) * models.share(model))))
        self.path = str(folder / f"{kind}-{model.replace('/', '-')}.txt")
        Path(self.path).write_text("\n".join(texts) + "\n", encoding="utf-8")

    def peer(self, variant, batches):
        return Peer(variant, self.path_of_model, self.path, self.threads, batches, self.sample)

    def ours(self, precision):
        return Ours(self.options.needletail, precision, self.path_of_model, self.path, self.threads)

    def cosines(self, engine, reference):
        import numpy as np

        save = str(self.folder / "vectors.npy")
        engine.encode(limit=CHECKED, save=save)
        vectors = np.load(save).astype(np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        if reference is None:
            return vectors, None
        products = (vectors * reference).sum(1)
        return vectors, {"mean": float(products.mean()), "min": float(products.min())}

    def trial(self, variant, reference):
        """The row of one variant: its agreement, and how long the sample takes."""
        row = {
            "engine": variant.engine, "precision": variant.precision, "group": variant.group, "variant": str(variant),
            "agrees": False}
        try:
            engine = self.ours(variant.precision) if variant.engine == "ours" else self.peer(
                variant, [32] if self.latency else self.options.batches)
            try:
                _, row["cosine"] = self.cosines(engine, reference)
                row["agrees"] = row["cosine"]["mean"] >= AGREEMENT
                row |= engine.about | {"batch": engine.batch}
                if variant.engine != "ours":
                    if self.latency:
                        engine.latency(QUERY, 20)
                        row["heat_seconds"] = engine.latency(QUERY, 100)["p50"]
                    else:
                        row["heat_seconds"] = min(engine.encode(limit=self.sample)["seconds"] for _ in range(3))
            finally:
                engine.close()
        except Unavailable as error:
            row["reason"] = str(error)
        said = row.get("reason") or f"cosine {row['cosine']['mean']:.5f}, {row.get('heat_seconds', 0):.4f} s"
        say(f"{self.model} {self.threads} threads {self.kind} heat: {variant}: {said}")
        return row

    def heat(self):
        """Every variant's row, and of each group the variant that goes on."""
        engine = self.peer(REFERENCE, [32])
        try:
            reference, _ = self.cosines(engine, None)
        finally:
            engine.close()
        chosen, rows = {}, []
        if "ours" in self.options.engines:
            for precision in self.options.precisions:
                variant = Variant("ours", precision, "needletail")
                rows.append(self.trial(variant, reference))
                if "reason" not in rows[-1]:
                    chosen[variant.group] = (variant, rows[-1])
        variants = [
            variant for variant in VARIANTS
            if variant.engine in self.options.engines and variant.precision in self.options.precisions]
        fastest = lambda some: min(
            (pair for pair in some if pair[1].get("heat_seconds") and pair[1]["agrees"]),
            key=lambda pair: pair[1]["heat_seconds"], default=None)
        for group in dict.fromkeys(variant.group for variant in variants):
            tried = [(one, self.trial(one, reference)) for one in variants if one.group == group]
            if (first := fastest(tried)) and self.threads > 1 and not self.latency and first[0].engine in STREAMING:
                beside = dataclasses.replace(first[0], streams=self.threads)
                tried.append((beside, self.trial(beside, reference)))
            rows += [row for _, row in tried]
            if winner := fastest(tried):
                chosen[group] = winner
                for _, row in tried:
                    if row is not winner[1]:
                        row.setdefault("reason", "slower than its like" if row["agrees"] else "disagrees")
            else:
                for _, row in tried:
                    row.setdefault("reason", "disagrees")
        self.drop_slow(chosen)
        return rows, chosen

    def drop_slow(self, chosen):
        """A peer far behind another of its precision can decide nothing, and would take most of the time."""
        for precision in PRECISIONS:
            group = {
                name: row for name, (variant, row) in chosen.items()
                if variant.precision == precision and variant.engine != "ours"}
            limit = self.options.within * min((row["heat_seconds"] for row in group.values()), default=0)
            for name, row in group.items():
                if row["heat_seconds"] > limit:
                    row["reason"] = f"over {self.options.within:g}x slower than the best {precision} peer"
                    del chosen[name]

    def run(self):
        rows, chosen = self.heat()
        engines, results = {}, {}
        try:
            for name, (variant, row) in chosen.items():
                engines[name] = self.ours(variant.precision) if variant.engine == "ours" else self.peer(
                    variant, [row["batch"]])
                results[name] = []
            for turn in range(-1, self.options.rounds):
                order = list(engines)
                shift = turn % max(len(order), 1)
                for name in order[shift:] + order[:shift]:
                    self.turn(name, engines, results, chosen, turn)
        finally:
            for engine in engines.values():
                engine.close()
        for name, some in results.items():
            if some:
                chosen[name][1].update((latency_summary if self.latency else bulk_summary)(some))
        return rows

    def turn(self, name, engines, results, chosen, turn):
        """Times an engine once; the turn before the first warms up, which ours does by itself."""
        engine = engines[name]
        if turn < 0 and isinstance(engine, Ours):
            return
        try:
            result = engine.latency(QUERY, QUERY_CALLS) if self.latency else engine.encode()
        except Unavailable as error:
            chosen[name][1]["reason"] = str(error)
            engines.pop(name).close()
            results[name] = []
            return
        figure = f"p50 {1e3 * result['p50']:.3f} ms" if self.latency else f"{result['seconds']:.3f} s"
        say(f"{self.model} {self.threads} threads {self.kind} {f'round {turn + 1}' if turn >= 0 else 'warm-up'}: "
            f"{name} {figure}")
        if turn >= 0:
            results[name].append(result)


def bulk_summary(results):
    seconds = [result["seconds"] for result in results]
    best = min(seconds)
    return {
        "texts": results[0]["texts"], "tokens": results[0]["tokens"], "best_seconds": best,
        "median_seconds": statistics.median(seconds), "seconds": seconds, "spread": max(seconds) / best - 1,
        "cpu_seconds": min((result["cpu_seconds"] for result in results if "cpu_seconds" in result), default=None),
        "texts_per_second": results[0]["texts"] / best, "tokens_per_second": results[0]["tokens"] / best,
        "peak_memory_bytes": max(result["peak_memory_bytes"] for result in results)}


def latency_summary(results):
    """Medians over the rounds of each round's p50 and p99."""
    memory = [result["peak_memory_bytes"] for result in results if result["peak_memory_bytes"]]
    return {
        "p50": statistics.median(result["p50"] for result in results),
        "p99": statistics.median(result["p99"] for result in results),
        "rounds": [{"p50": result["p50"], "p99": result["p99"]} for result in results],
        "peak_memory_bytes": max(memory, default=None)}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    several = lambda text: text.split(",")
    numbers = lambda text: [int(part) for part in text.split(",")]
    parser.add_argument("--needletail", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--models", type=several, default=["minilm"], help=f"of {', '.join(models.NAMES)}; or folders")
    default_data = os.environ.get("NEEDLETAIL_DATA") or str(REPOSITORY.parent / "shared/data")
    parser.add_argument("--data", default=default_data)
    parser.add_argument("--kinds", type=several, default=["latency", "sentences", "passages"])
    parser.add_argument("--engines", type=several, default=["ours", *ENGINES])
    parser.add_argument("--precisions", type=several, default=list(PRECISIONS))
    parser.add_argument("--threads", type=numbers, default=[os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=numbers, default=[8, 32], help="sizes of a batch that peers may choose from")
    parser.add_argument("--within", type=float, default=2, help="peers slower than so many times the best are dropped")
    parser.add_argument("--limit", type=int, help="only that many texts, to try the command out")
    options = parser.parse_args()
    for given, known, what in (
            (options.kinds, {*KINDS, "latency"}, "workload"), (options.engines, {"ours", *ENGINES}, "engine"),
            (options.precisions, set(PRECISIONS), "precision")):
        if unknown := set(given) - known:
            parser.error(f"there is no {what} {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return options


def main():
    options = parsed()
    machine = report.machine()
    if machine["load"][0] > 0.5:
        say(f"others keep {machine['load'][0]:.1f} of {machine['cpus']} processors busy: take the figures as rough")
    results = {
        "machine": machine, "versions": {}, "date": time.strftime("%F"), "rounds": options.rounds, "workloads": []}
    if "ours" in options.engines:
        version = subprocess.run([options.needletail, "--version"], capture_output=True, text=True)
        results["versions"]["needletail"] = version.stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        for model in options.models:
            say(f"making what the peers load for {model}")
            folder = models.folder(model)
            subprocess.run(
                [sys.executable, str(HERE / "graphs.py"), "--model", str(folder), "--data", options.data],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for threads in options.threads:
                for kind in options.kinds:
                    workload = Workload(kind, model, threads, Path(name), options)
                    rows = workload.run()
                    title = f"{model}, {threads} thread{'s' if threads > 1 else ''}, " + (
                        "one query of 12 tokens" if workload.latency else f"{workload.count} {kind}")
                    report.table(title, rows, workload.latency)
                    bars = report.latency_bars(rows) if workload.latency else report.bulk_bars(rows)
                    report.verdicts(bars)
                    results["workloads"].append(
                        {"model": model, "threads": threads, "kind": kind, "engines": rows, "bars": bars})
                    for row in rows:
                        results["versions"] |= row.get("versions", {})
                    check_tokens(title, rows)
    print(json.dumps(results, indent=2))


def check_tokens(title, rows):
    tokens = {row["tokens"] for row in rows if "tokens" in row}
    if len(tokens) > 1:
        raise SystemExit(f"{title}: the engines counted different tokens: {tokens}")


if __name__ == "__main__":
    main()
