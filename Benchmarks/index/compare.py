#!/usr/bin/env python3
"""Our graph index beside other engines: one command, one run, the same vectors, turn by turn.

    python Benchmarks/index/compare.py [minilm-300k] [--engines needletail,hnswlib,…] [--threads 1,4] [--rounds 3]

Every engine builds its index with all threads, alone. Then each goes through the values of its own knob, once untimed,
which warms it up and shows the recall of each value; the values that matter are timed, one pass an engine a round, in
an order that turns from round to round. A set too large to hold every index at once (clustered-1m) is measured engine
by engine instead. Ours keeps its graph in a file, so that each pass is a process of its own that reads it. The figure
of a value is its best round; the spread is beside it.

The table and the ratios go to standard error, everything as JSON to standard output, and with --output FOLDER also
into files, with the curves as SVG.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

import curves
import data
from peers import BEAMS, ENGINES, LIMIT

HERE = Path(__file__).resolve().parent
OURS = "needletail"
# The bar is about the best of these; the others are beside them.
RIVALS = ("usearch f32", "usearch bf16", "usearch i8", "hnswlib", "faiss hnsw", "faiss hnsw sq8")
TARGETS = (0.95, 0.99)
# Between these the curve is timed.
LOWEST, HIGHEST = 0.85, 0.995
# With one thread a pass over all queries would take four times as long for nothing.
QUERIES_OF_ONE_THREAD = 1000
TOGETHER = ("minilm-50k", "minilm-300k", "clustered-50k")


class Unavailable(Exception):
    """This engine cannot do this here; the text says why."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def recall(found, truth):
    """The part of the nearest that was found."""
    shared = sum(len(set(hits) & set(nearest)) for hits, nearest in zip(found.tolist(), truth.tolist()))
    return shared / truth.size


class Peer:
    """An engine of peers.py in a process of its own, built; it waits for orders."""

    def __init__(self, engine, name, threads, settings):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "peers.py"), engine, "--name", name, "--threads", str(threads),
             "--settings", json.dumps(settings)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.about = self.answer()
        self.values = self.about.pop("values")

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.errors.seek(0)
            lines = [line.strip() for line in self.errors.read().splitlines() if line.strip()]
            raise Unavailable(f"ended with code {code}: {lines[-1] if lines else 'it said nothing'}")
        return json.loads(line)

    def search(self, value, threads, queries=None, save=None):
        order = {"value": value, "threads": threads, "queries": queries, "save": save}
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        result = self.answer()
        return result["queries"] / result["seconds"]

    def sweep(self, threads, save):
        """The values of the knob from the least up; what each finds is in the file `save`."""
        for value in self.values:
            self.search(value, threads, save=save)
            yield value

    def speeds(self, values, threads, queries):
        """Queries a second with each of the values."""
        return [self.search(value, threads, queries) for value in values]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


class Ours:
    """`needletail bench index`: the first process builds the graph and keeps it in a file, which the others read; each
    is one pass over some values of the knob, after an untimed one."""
    values = BEAMS

    def __init__(self, program, name, threads, folder):
        self.program, self.folder, self.name, self.build_threads = program, Path(folder), name, threads
        self.graph = self.folder / "needletail.graph"
        version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
        self.about = {"version": f"needletail {version}"}
        result = self.run(self.values, threads, None)
        self.about |= {
            key: result[key] for key in ("build_seconds", "bytes_per_vector", "resident_bytes_per_vector", "settings")}
        self.found = numpy.load(self.folder / "ids.npy").reshape(len(self.values), -1, LIMIT)

    def run(self, values, threads, queries):
        asked = self.folder / "queries.npy"
        numpy.save(asked, numpy.load(data.queries(self.name))[:queries])
        command = [
            self.program, "bench", "index", "--base", str(data.path(self.name)), "--queries", str(asked),
            "--metric", "cosine", "--limit", str(LIMIT), "--beam", ",".join(map(str, values)),
            "--threads", str(threads), "--build-threads", str(self.build_threads), "--repeat", "1",
            "--index", str(self.graph), "--save-ids", str(self.folder / "ids.npy"), "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[0]
            raise Unavailable(f"needletail bench index: {reason}")
        return json.loads(done.stdout)

    def sweep(self, _, save):
        for value, found in zip(self.values, self.found):
            numpy.save(save, found)
            yield value

    def speeds(self, values, threads, queries):
        result = self.run(values, threads, queries)
        return [result["queries"] / run["seconds"][0] for run in result["runs"]]

    def close(self):
        self.graph.unlink()


class Row:
    """What is known of one engine on one set of vectors."""

    def __init__(self, engine):
        self.engine, self.recalls, self.qps, self.reason = engine, {}, {}, None

    def sweep(self, source, truth, threads, folder):
        """The recall of each value, from the least up to where the curve ends."""
        path = str(Path(folder) / "found.npy")
        for value in source.sweep(threads, path):
            self.recalls[value] = recall(numpy.load(path), truth)
            if self.recalls[value] >= HIGHEST:
                break
        least = max((value for value, part in self.recalls.items() if part < LOWEST), default=None)
        self.timed = [value for value in self.recalls if least is None or value >= least]

    def measure(self, source, threads):
        queries = QUERIES_OF_ONE_THREAD if threads == 1 else None
        for value, speed in zip(self.timed, source.speeds(self.timed, threads, queries)):
            self.qps.setdefault((threads, value), []).append(speed)

    def points(self, threads):
        return [
            {"value": value, "recall": self.recalls[value], "qps": max(speeds), "median": statistics.median(speeds),
             "spread": (max(speeds) - min(speeds)) / max(speeds), "rounds": speeds}
            for (count, value), speeds in self.qps.items() if count == threads]


def machine():
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    commit = subprocess.run(
        ["git", "-C", str(data.REPOSITORY), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {
        "cpu": model.group(1) if model else platform.processor(), "cpus": os.cpu_count(), "load": os.getloadavg(),
        "commit": commit.stdout.strip() or None}


def start(engine, name, options, folder):
    say(f"building {engine}")
    if engine == OURS:
        return Ours(options.program, name, options.build_threads, folder)
    return Peer(engine, name, options.build_threads, options.settings.get(engine, {}))


def attempt(row, step):
    """Runs a step of an engine; one that fails is left out of the rest, with its reason."""
    if row.reason:
        return None
    try:
        return step()
    except Unavailable as error:
        row.reason = str(error)
        say(f"{row.engine}: {error}")
        return None


def run(name, options, folder):
    """Every engine's row."""
    truth = numpy.load(data.path(f"{name}-truth"))[:, :LIMIT]
    rows = [Row(engine) for engine in options.engines]
    groups = [rows] if name in TOGETHER else [[row] for row in rows]
    for group in groups:
        sources = {}
        for row in group:
            if source := attempt(row, lambda: start(row.engine, name, options, folder)):
                sources[row] = source
                row.about = source.about
                say(f"  {source.about['build_seconds']:.1f} s, {source.about['bytes_per_vector']:.0f} bytes a vector")
        for row, source in sources.items():
            attempt(row, lambda: row.sweep(source, truth, max(options.threads), folder))
        for turn in range(options.rounds):
            say(f"round {turn + 1} of {options.rounds}")
            order = list(sources.items())
            order = order[turn % len(order):] + order[: turn % len(order)] if order else []
            for threads in options.threads:
                for row, source in order:
                    attempt(row, lambda: row.measure(source, threads))
        for source in sources.values():
            source.close()
    return rows


def summary(rows, options):
    """The figures of every engine, and ours beside the best of the rivals'."""
    engines, bars = [], []
    for row in rows:
        entry = {"engine": row.engine}
        if row.reason:
            entry["reason"] = row.reason
        else:
            entry |= row.about
            for threads in options.threads:
                points = row.points(threads)
                entry[f"threads_{threads}"] = {
                    "points": points, "qps": {str(target): curves.at_recall(points, target) for target in TARGETS}}
        engines.append(entry)
    ours = next((entry for entry in engines if entry["engine"] == OURS and "reason" not in entry), None)
    rivals = [entry for entry in engines if entry["engine"] in RIVALS and "reason" not in entry]

    def bar(what, figure, best, goal, **more):
        found = [(figure(entry), entry["engine"]) for entry in rivals if figure(entry)]
        if ours and figure(ours) and found:
            peer = best(found)
            bars.append({"what": what, "ratio": figure(ours) / peer[0], "peer": peer[1], **goal, **more})

    for threads in options.threads:
        for target in TARGETS:
            bar(f"q/s at recall {target}, {threads} threads",
                lambda entry: entry[f"threads_{threads}"]["qps"][str(target)], max, {"at_least": 3})
    bar("build seconds", lambda entry: entry["build_seconds"], min, {"at_most": 0.5})
    bar("bytes a vector", lambda entry: entry["bytes_per_vector"], min, {"at_most": 1})
    return {"engines": engines, "bars": bars}


def table(name, result, options):
    say(f"\n{name}")
    heads = "".join(f"  {threads} thr @{target}" for threads in options.threads for target in TARGETS)
    say(f"  {'engine':16}   build s  bytes/vector  RSS/vector{heads}")
    for entry in result["engines"]:
        if "reason" in entry:
            say(f"  {entry['engine']:16} {entry['reason']}")
            continue
        line = f"  {entry['engine']:16} {entry['build_seconds']:9.1f} {entry['bytes_per_vector']:13.0f}"
        line += f" {entry['resident_bytes_per_vector']:11.0f}"
        for threads in options.threads:
            for target in TARGETS:
                qps = entry[f"threads_{threads}"]["qps"][str(target)]
                line += f"  {qps:11.0f}" if qps else f"  {'-':>11}"
        say(line)
    for bar in result["bars"]:
        met = bar["ratio"] >= bar["at_least"] if "at_least" in bar else bar["ratio"] <= bar["at_most"]
        goal = f"at least {bar['at_least']}" if "at_least" in bar else f"at most {bar['at_most']}"
        say(f"  ours / best of the rivals, {bar['what']}: {bar['ratio']:.2f} ({bar['peer']}; {goal}: "
            f"{'met' if met else 'NOT met'})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["minilm-300k"], help=f"of {', '.join(data.COUNTS)}")
    parser.add_argument("--engines", default=",".join([OURS, *RIVALS]), help=f"of {OURS}, {', '.join(ENGINES)}, or all")
    parser.add_argument("--threads", default="1,4", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--build-threads", default=os.cpu_count(), type=int)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--settings", default="{}", type=json.loads, help='as in {"hnswlib": {"M": 32}}')
    parser.add_argument("--program", default=str(data.REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--output", help="a folder for the JSON and the drawings")
    options = parser.parse_args()
    options.engines = [OURS, *ENGINES] if options.engines == "all" else options.engines.split(",")
    if unknown := set(options.engines) - {OURS, *ENGINES}:
        parser.error(f"unknown engines: {', '.join(sorted(unknown))}")
    results = {"machine": machine(), "rounds": options.rounds, "sets": {}}
    for name in options.names:
        if not data.path(f"{name}-truth").exists():
            parser.error(f"{name} is not there: run Benchmarks/index/data.py {name}")
        with tempfile.TemporaryDirectory(dir=data.FOLDER) as folder:
            rows = run(name, options, folder)
        results["sets"][name] = summary(rows, options)
        table(name, results["sets"][name], options)
        if options.output:
            Path(options.output).mkdir(parents=True, exist_ok=True)
            for threads in options.threads:
                drawing = curves.svg(
                    f"{name}, {threads} thread{'s' if threads > 1 else ''}",
                    {row.engine: row.points(threads) for row in rows if not row.reason})
                (Path(options.output) / f"{name}-{threads}.svg").write_text(drawing)
            (Path(options.output) / f"{name}.json").write_text(json.dumps(results["sets"][name], indent=1) + "\n")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
