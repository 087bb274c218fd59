"""What is printed about a run: the machine, the table of one workload, and the ratios that the bars are about."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from places import REPOSITORY

FLAGS = ("avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8", "amx_bf16")
# What ours is compared with, and the least speed-up over it (latency: the greatest part of its time).
BULK_BARS = (
    ("ours int8 / best of all peers", "int8", lambda engine, precision: True, 1.5),
    ("ours int8 / best int8 peer", "int8", lambda engine, precision: precision == "int8", 1.8),
    ("ours bf16 / openvino bf16", "bf16", lambda engine, precision: (engine, precision) == ("openvino", "bf16"), 1.0),
    ("ours bf16 / best bf16 peer", "bf16", lambda engine, precision: precision == "bf16", 1.0),
    ("ours f32 / best f32 peer", "f32", lambda engine, precision: precision == "f32", 1.0),
)


def machine():
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.*)$", text, re.MULTILINE)
    known = flags.group(1).split() if flags else []
    commit = subprocess.run(
        ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return {
        "cpu": model.group(1) if model else platform.processor(), "cpus": os.cpu_count(),
        "flags": {flag: flag in known for flag in FLAGS}, "load": os.getloadavg(), "python": platform.python_version(),
        "commit": commit.stdout.strip() or None}


def best(rows, accept, figure):
    """The peer that is best by a figure of its row (less is better) among those that compute the right thing."""
    peers = [
        row for row in rows
        if row["engine"] != "ours" and row.get(figure) and row["agrees"] and accept(row["engine"], row["precision"])]
    return min(peers, key=lambda row: row[figure], default=None)


def bulk_bars(rows):
    bars = []
    for name, precision, accept, bar in BULK_BARS:
        ours = next((row for row in rows if row["group"] == f"ours {precision}" and row.get("best_seconds")), None)
        peer = best(rows, accept, "best_seconds")
        if ours and peer:
            bars.append({
                "name": name, "peer": peer["variant"], "ratio": peer["best_seconds"] / ours["best_seconds"],
                "median_ratio": peer["median_seconds"] / ours["median_seconds"], "at_least": bar,
                "ours_agrees": ours["agrees"]})
        else:
            bars.append({"name": name, "missing": "ours" if not ours else "the peer", "at_least": bar})
    return bars


def latency_bars(rows):
    bars = []
    peer = best(rows, lambda engine, precision: (engine, precision) == ("onnxruntime", "int8"), "p50")
    for row in rows:
        if row["engine"] == "ours" and row.get("p50") and peer:
            for figure in ("p50", "p99"):
                bars.append({
                    "name": f"{row['group']} {figure} / onnxruntime int8", "peer": peer["variant"],
                    "ratio": row[figure] / peer[figure], "at_most": 0.5, "ours_agrees": row["agrees"]})
    return bars or [{"name": "ours / onnxruntime int8", "missing": "ours" if peer else "the peer", "at_most": 0.5}]


def table(title, rows, latency):
    """Prints the rows fastest first, those without a figure last, each with its reason."""
    say = lambda text: print(text, file=sys.stderr)
    figure = "p50" if latency else "best_seconds"
    timed = sorted((row for row in rows if row.get(figure)), key=lambda row: row[figure])
    base = next((row for row in rows if row["group"] == "ours int8" and row.get(figure)), None) or next(
        (row for row in rows if row["group"] == "ours f32" and row.get(figure)), None)
    say(f"\n{title}" + (f" (times as fast as {base['group']})" if base else ""))
    for row in timed:
        line = f"  {row['variant']:48.48}"
        if latency:
            line += f" p50 {1e3 * row['p50']:8.3f} ms  p99 {1e3 * row['p99']:8.3f} ms"
        else:
            line += f" {row['texts_per_second']:8.1f} texts/s {row['tokens_per_second']:8.0f} tokens/s"
            line += f"  spread {row['spread']:4.0%}"
        line += f"  {base[figure] / row[figure]:5.2f}x" if base else ""
        if memory := row.get("peak_memory_bytes"):
            line += f"  {memory / 1e6:6.0f} MB"
        if row.get("cosine"):
            line += f"  cosine {row['cosine']['mean']:.5f} min {row['cosine']['min']:.5f}"
        line += "" if row["agrees"] else "  DISAGREES"
        computes = row.get("notes", {}).get("computes")
        if row["precision"] == "bf16" and computes and "bf" not in computes:
            line += f"  (computes in {computes})"
        say(line)
    fastest = min((row["heat_seconds"] for row in rows if row.get("heat_seconds")), default=0)
    heats = {row["variant"]: fastest / row["heat_seconds"] for row in rows if row.get("heat_seconds")}
    for row in rows:
        if not row.get(figure):
            cosine = f", cosine {row['cosine']['mean']:.5f} min {row['cosine']['min']:.5f}" if row.get("cosine") else ""
            heat = f", {heats[row['variant']]:.2f}x in the heat" if row["variant"] in heats else ""
            say(f"  {row['variant']:48.48} {row['reason']}{heat}{cosine}")


def verdicts(bars):
    for bar in bars:
        if "missing" in bar:
            print(f"  {bar['name']}: no figure, {bar['missing']} is missing", file=sys.stderr)
            continue
        met = bar["ratio"] >= bar["at_least"] if "at_least" in bar else bar["ratio"] <= bar["at_most"]
        met = met and bar["ours_agrees"]
        goal = f"at least {bar['at_least']}" if "at_least" in bar else f"at most {bar['at_most']}"
        median = f", by medians {bar['median_ratio']:.2f}" if "median_ratio" in bar else ""
        print(
            f"  {bar['name']} = {bar['ratio']:.2f}{median} ({goal}: {'met' if met else 'NOT met'}; {bar['peer']})",
            file=sys.stderr)
