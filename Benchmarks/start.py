#!/usr/bin/env python3
"""From process start to the first vector on standard output, with the page cache warm.

    python3 Benchmarks/start.py [--model FOLDER] [--rounds 30]

Times the whole of `needletail embed` for one short text, once with the model folder and once with the bundled model:
from before the spawn until the first line of output has been read, and until the process has ended; peak memory as the
kernel counted it. Prints medians to standard error and everything to standard output as JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needletail"
TEXT = b"A swift in flight\n"


def once(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(TEXT)
    process.stdin.close()
    line = process.stdout.readline()
    first = time.perf_counter() - start
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    whole = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not json.loads(line)["embedding"]:
        raise SystemExit(f"{' '.join(command)} ended with code {process.returncode}")
    # Kibibytes on Linux, bytes on Darwin.
    return first, whole, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--needletail", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--model", default=str(CACHE / "models/all-MiniLM-L6-v2"))
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()

    embed = [options.needletail, "embed", "--input", "-", "--format", "jsonl", "--quiet"]
    results = {}
    for name, command in {"folder": [*embed, "--model", options.model], "bundled": embed}.items():
        for _ in range(3):
            once(command)
        rounds = [once(command) for _ in range(options.rounds)]
        first = [row[0] for row in rounds]
        results[name] = {
            "first_vector_seconds": {"median": statistics.median(first), "best": min(first), "worst": max(first)},
            "whole_process_median_seconds": statistics.median(row[1] for row in rounds),
            "peak_memory_bytes": max(row[2] for row in rounds)}
        print(f"{name:8} first vector {1000 * statistics.median(first):.1f} ms (median of {options.rounds}, "
              f"{1000 * min(first):.1f} to {1000 * max(first):.1f}), whole process "
              f"{1000 * results[name]['whole_process_median_seconds']:.1f} ms, "
              f"peak {results[name]['peak_memory_bytes'] / 1e6:.0f} MB", file=sys.stderr)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
