#!/usr/bin/env python3
"""Serving beside infinity-emb and beside our own bulk rate: one command, one run, the same texts, turn by turn.

    python Benchmarks/serve/compare.py [--clients 64,256] [--engines needletail,infinity…] [--seconds 10] [--rounds 3]

Each request has one text (`--batch` for more); texts are sentences and passages of the public test sets in a seeded
order, none longer than the model takes, as infinity's ONNX engine would not cut it where the others do. A round measures
every server with every number of clients by `needletail bench serve`, whoever is not measured being stopped. Right before
and after each turn of ours `needletail bench encode` computes all texts for half as long: the share of the bulk rate is of
the mean of these two, since the machine's speed drifts. Figures are medians of the rounds. Before the rounds the vectors of 32 texts are
compared with those of the library in float32. Results go to standard output as JSON, the table to standard error.
"""

import argparse
import hashlib
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))

import report  # noqa: E402
import servers  # noqa: E402
from places import CACHE, REPOSITORY  # noqa: E402
from texts import load  # noqa: E402

CHECKED = 32
# MiniLM takes 256 tokens; words of these texts have less than one and a half on average.
LONGEST_WORDS = 150
LEAST_COSINE = 0.9
PEER_BAR, BULK_BAR = 3.0, 0.9


def say(text):
    print(text, file=sys.stderr, flush=True)


def mixed(data, count):
    """Three sentences for each passage, shuffled."""
    passages = [text for text in load("passages", data) if len(text.split()) <= LONGEST_WORDS][: count // 4]
    texts = load("sentences", data)[: count - len(passages)] + passages
    random.Random(1).shuffle(texts)
    return texts


class Run:
    def __init__(self, options, folder):
        self.options, self.folder, self.once, self.tokens = options, folder, None, 0
        self.texts = mixed(options.data, options.texts)
        self.path = str(folder / "texts.txt")
        Path(self.path).write_text("\n".join(self.texts) + "\n", encoding="utf-8")

    def program(self, *arguments):
        command = [self.options.needletail, *arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {result.returncode}: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def bulk(self, seconds):
        """Texts a second of the library alone, over about so many seconds."""
        times = self.times(1) if self.once is None else self.times(max(1, round(seconds / self.once)))
        self.once = sum(times) / len(times)
        return len(self.texts) / self.once

    def times(self, count):
        result = self.program(
            "bench", "encode", "--model", str(self.options.model), "--precision", self.options.precision, "--input",
            self.path, "--repeat", str(count), "--json")
        self.tokens = result["tokens"]
        return result["seconds"]

    def load(self, server, clients, seconds):
        server.go_on()
        try:
            model = ["--model", server.model] if server.model else []
            result = self.program(
                "bench", "serve", "--url", server.url, *model, "--texts", self.path, "--clients", str(clients),
                "--batch", str(self.options.batch), "--duration", str(seconds), "--encoding-format",
                self.options.encoding_format, "--json", "--quiet")
            result["memory_bytes"] = server.memory()
            return result
        finally:
            server.pause()

    def start(self, name):
        log = str(self.folder / f"{name.replace(' ', '-')}.log")
        if name == "needletail":
            return servers.needletail(
                self.options.needletail, self.options.model, self.options.precision, log,
                self.options.serve_arguments.split())
        model = self.graph() if "onnx" in name else self.options.model
        return servers.infinity(name, model, log)

    def graph(self):
        """The folder with the ONNX graph of the model, made once for the versions that are installed."""
        mark = (HERE / "requirements.txt").read_bytes() + (HERE / "graph.py").read_bytes()
        mark = hashlib.sha256(mark + (self.options.model / "model.safetensors").read_bytes()).hexdigest()[:12]
        folder = CACHE / "peers/serve" / f"{self.options.model.name}-{mark}"
        if not folder.exists():
            say("making the ONNX graph for infinity")
            result = subprocess.run(
                [sys.executable, str(HERE / "graph.py"), str(self.options.model), str(folder)], capture_output=True,
                text=True)
            if result.returncode:
                raise SystemExit(f"the graph cannot be made: {result.stderr[-2000:]}")
        return folder

    def reference(self):
        import numpy as np

        few = self.folder / "few.txt"
        few.write_text("\n".join(self.texts[:CHECKED]) + "\n", encoding="utf-8")
        output = str(self.folder / "few.npy")
        subprocess.run(
            [self.options.needletail, "embed", "--model", str(self.options.model), "--input", str(few), "--output",
             output, "--format", "npy", "--quiet"], check=True)
        return np.load(output).astype(np.float64)

    def agreement(self, server, reference):
        import numpy as np

        server.go_on()
        try:
            vectors = np.array(server.ask(self.texts[:CHECKED]), dtype=np.float64)
        finally:
            server.pause()
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = (vectors * reference).sum(1)
        return {"mean": float(cosines.mean()), "min": float(cosines.min())}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    several = lambda text: text.split(",")
    numbers = lambda text: [int(part) for part in text.split(",")]
    names = ["needletail", *servers.INFINITY]
    parser.add_argument("--needletail", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--model", type=Path, default=CACHE / "models/all-MiniLM-L6-v2")
    parser.add_argument("--precision", default="int8")
    default_data = os.environ.get("NEEDLETAIL_DATA") or str(REPOSITORY.parent / "shared/data")
    parser.add_argument("--data", default=default_data)
    parser.add_argument("--texts", type=int, default=4000, help="how many different texts")
    parser.add_argument("--clients", type=numbers, default=[64, 256])
    parser.add_argument("--batch", type=int, default=1, help="texts a request")
    parser.add_argument("--encoding-format", choices=["float", "base64"], default="float")
    parser.add_argument("--engines", type=several, default=names, help=f"of {', '.join(names)}")
    parser.add_argument("--seconds", type=float, default=10, help="how long each turn takes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve-arguments", default="", help="more arguments of needletail serve")
    options = parser.parse_args()
    if unknown := set(options.engines) - set(names):
        parser.error(f"there is no engine {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if not options.model.is_dir():
        parser.error(f"{options.model} is no folder; Tools/fetch-model gets the model")
    return options


def measure(run, options):
    started, rows, bulk = {}, [], []
    try:
        for name in options.engines:
            say(f"starting {name}")
            started[name] = run.start(name)
        reference = run.reference()
        cosines = {name: run.agreement(server, reference) for name, server in started.items()}
        results = {(name, clients): [] for name in started for clients in options.clients}
        run.bulk(0)
        for name, server in started.items():
            run.load(server, options.clients[0], min(3, options.seconds))
        for turn in range(options.rounds):
            order = list(started)
            shift = turn % len(order)
            for name in order[shift:] + order[:shift]:
                for clients in options.clients:
                    ours = name == "needletail"
                    before = run.bulk(options.seconds / 2) if ours else 0
                    result = run.load(started[name], clients, options.seconds)
                    results[name, clients].append(result)
                    line = f"round {turn + 1}: {name}, {clients} clients: {result['texts_per_second']:.1f} texts/s"
                    if ours:
                        bulk.append((before + run.bulk(options.seconds / 2)) / 2)
                        result["of_bulk"] = result["texts_per_second"] / bulk[-1]
                        line += f", bulk {bulk[-1]:.1f}: {result['of_bulk']:.1%}"
                    say(line)
        for (name, clients), some in results.items():
            rows.append(summary(name, clients, some, cosines[name]))
    finally:
        for server in started.values():
            server.end()
    return rows, bulk


def summary(name, clients, results, cosine):
    median = lambda pick: statistics.median(pick(result) for result in results)
    speeds = [result["texts_per_second"] for result in results]
    errors = sum(sum(result["errors"].values()) for result in results)
    refused = sum(result["requests"] - result["succeeded"] for result in results) - errors
    return {
        "server": name, "clients": clients, "texts_per_second": statistics.median(speeds),
        "spread": max(speeds) / max(min(speeds), 1e-9) - 1, "p50_ms": median(lambda one: one["latency_ms"]["p50"]),
        "p99_ms": median(lambda one: one["latency_ms"]["p99"]), "memory_bytes": max(
            result["memory_bytes"] for result in results), "errors": errors, "refused": refused, "cosine": cosine,
        "agrees": cosine["mean"] >= LEAST_COSINE, "rounds": results}


def rate(rows, bulk):
    """Adds the ratios: of every row to bulk, and of ours to the best of the others with as many clients."""
    bars = []
    whole = statistics.median(bulk) if bulk else math.nan
    for row in rows:
        row["of_bulk"] = statistics.median(
            result.get("of_bulk", row["texts_per_second"] / whole) for result in row["rounds"])
    for row in (row for row in rows if row["server"] == "needletail"):
        clients, agrees = row["clients"], row["agrees"] and not row["errors"] and not row["refused"]
        bars.append({
            "name": f"{clients} clients, of our bulk rate", "ratio": row["of_bulk"], "at_least": BULK_BAR,
            "ours_agrees": agrees})
        peers = [
            peer for peer in rows
            if peer["server"] != "needletail" and peer["clients"] == clients and peer["agrees"]]
        if best := max(peers, key=lambda peer: peer["texts_per_second"], default=None):
            row["of_best_infinity"] = row["texts_per_second"] / best["texts_per_second"]
            bars.append({
                "name": f"{clients} clients, times {best['server']}", "ratio": row["of_best_infinity"],
                "at_least": PEER_BAR, "ours_agrees": agrees})
    return whole, bars


def main():
    options = parsed()
    machine = report.machine()
    if machine["load"][0] > 0.5:
        say(f"others keep {machine['load'][0]:.1f} of {machine['cpus']} processors busy: take the figures as rough")
    with tempfile.TemporaryDirectory() as name:
        run = Run(options, Path(name))
        rows, bulk = measure(run, options)
    whole, bars = rate(rows, bulk)
    tokens = run.tokens / len(run.texts)
    say(f"\n{len(run.texts)} texts of {tokens:.1f} tokens on average, {options.batch} a request, {options.precision}")
    say(f"  {'bulk, no server':28} {whole:8.1f} texts/s")
    for row in sorted(rows, key=lambda row: (row["clients"], -row["texts_per_second"])):
        line = f"  {row['server']:22} {row['clients']:5} {row['texts_per_second']:8.1f} texts/s"
        line += f"  {row['of_bulk']:5.0%} of bulk  p50 {row['p50_ms']:8.2f}  p99 {row['p99_ms']:8.2f} ms"
        line += f"  spread {row['spread']:4.0%}  {row['memory_bytes'] / 1e6:5.0f} MB  cosine {row['cosine']['mean']:.5f}"
        line += "" if row["agrees"] else "  DISAGREES"
        line += f"  {row['errors']} errors, {row['refused']} refused" if row["errors"] or row["refused"] else ""
        say(line)
    for bar in bars:
        met = "met" if bar["ratio"] >= bar["at_least"] and bar["ours_agrees"] else "NOT met"
        say(f"  {bar['name']}: {bar['ratio']:.2f} (at least {bar['at_least']}: {met})")
    print(json.dumps({
        "machine": machine, "date": time.strftime("%F"), "model": options.model.name, "precision": options.precision,
        "texts": len(run.texts), "tokens_per_text": tokens, "batch": options.batch, "bulk_texts_per_second": whole,
        "bulk": bulk, "servers": rows, "bars": bars}, indent=2))


if __name__ == "__main__":
    main()
