#!/usr/bin/env python3
"""Tokenizing beside the reference library: one command, one run, the same texts and files, turn by turn.

    python Benchmarks/tokenizers/compare.py [--parts encode,long,load] [--tokenizers wordpiece-30k,gpt2-50k]

`encode`: lines of English and of thirty languages with one thread and with four, everything about their tokens; and ids
alone (`pack`, beside the reference's `encode_batch_fast`). `long`: single texts of a megabyte. `load`: reading a file in
a fresh process, and the resident memory it takes. A round times the reference and ours one after the other; the ratio
of a row is the median of the ratios of its rounds, its spread is beside it. Both must count the same tokens, or the run
fails. The tokenizers are trained on these texts, once (vocabularies.py). The table goes to standard error, JSON to
standard output.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import texts
import vocabularies

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needletail"
LONG = ["wordpiece-30k", "gpt2-50k", "llama3-128k", "unigram-32k", "llama2-32k"]
LOADED = ["wordpiece-30k", "gpt2-50k", "llama3-128k", "bpe-250k", "unigram-250k"]


class Reference:
    """A process of reference.py that has loaded and warmed up."""

    def __init__(self, tokenizer, path, threads):
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "reference.py"), str(tokenizer), "--input", path, "--threads", str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bytes = self.answer()["bytes"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self.process.args)} ended with code {self.process.wait()}")
        return json.loads(line)

    def time(self, verb):
        self.process.stdin.write(verb + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(options, tokenizer, path, threads=1, verb="encode"):
    """One process of the command line of this repository: a pass to warm up, a timed one."""
    command = [options.needletail, "bench", "tokenize", "--tokenizer", str(tokenizer), "--input", path, "--threads",
               str(threads), "--repeat", "1", "--json", *(["--pack"] if verb == "pack" else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with code {done.returncode}")
    return json.loads(done.stdout)


def row(name, pairs, **fields):
    """Pairs of figures to be kept low, reference first."""
    ratios = sorted(reference / own for reference, own in pairs)
    result = {"name": name, "ratio": statistics.median(ratios), "lowest": ratios[0], "highest": ratios[-1],
              "reference": statistics.median(pair[0] for pair in pairs), "ours": statistics.median(pair[1] for pair in pairs),
              **fields}
    print(f"{name:58} {result['ratio']:6.2f}x  ({ratios[0]:.2f} to {ratios[-1]:.2f})  "
          + "  ".join(f"{key} {value:.4g}" for key, value in result.items() if key in ("reference", "ours") or key in fields),
          file=sys.stderr, flush=True)
    return result


def timed(options, name, tokenizer, path, threads, verb, rounds, warm_up=True):
    reference = Reference(tokenizer, path, threads)
    if warm_up:
        reference.time(verb)
    pairs = []
    for _ in range(rounds):
        theirs, own = reference.time(verb), ours(options, tokenizer, path, threads, verb)
        if theirs["tokens"] != own["tokens"]:
            raise SystemExit(f"{name}: {own['tokens']} tokens, the reference has {theirs['tokens']}")
        pairs.append((theirs["seconds"], min(own["seconds"])))
    reference.close()
    return row(name, pairs, megabytes_per_second=reference.bytes / 1e6 / statistics.median(pair[1] for pair in pairs))


def written(folder, name, rows):
    path = str(Path(folder, name + ".jsonl"))
    with open(path, "w", encoding="utf-8") as file:
        for text in rows:
            file.write(json.dumps(text, ensure_ascii=False) + "\n")
    return path


def loads(options, name, tokenizer, rounds, small):
    seconds, resident = [], []
    for _ in range(rounds):
        theirs = json.loads(subprocess.run(
            [sys.executable, str(HERE / "reference.py"), str(tokenizer), "--load"], stdout=subprocess.PIPE, check=True).stdout)
        own = ours(options, tokenizer, small)
        seconds.append((theirs["load_seconds"], own["load_seconds"]))
        resident.append((theirs["resident_bytes"] / 1e6, own["resident_bytes"] / 1e6))
    return [row(f"load {name}, seconds", seconds), row(f"memory {name}, MB", resident)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("NEEDLETAIL_DATA") or str(REPOSITORY.parent / "shared/data"))
    parser.add_argument("--needletail", default=str(REPOSITORY / ".build/release/needletail"))
    parser.add_argument("--cache", type=Path, default=CACHE / "peers/tokenizers")
    parser.add_argument("--parts", default="encode,long,load")
    parser.add_argument("--tokenizers", default=",".join(vocabularies.BUILDERS))
    parser.add_argument("--texts", default="english,mixed")
    parser.add_argument("--verbs", default="encode,pack")
    parser.add_argument("--threads", default="1,4")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=float, default=2.0, help="how much of each text is encoded")
    options = parser.parse_args()
    parts, names = options.parts.split(","), options.tokenizers.split(",")

    sources = {"english": texts.lines(texts.english(options.data)), "mixed": texts.lines(texts.mixed(options.data))}
    paths = vocabularies.build(options.cache, names, sources["english"], sources["mixed"])
    results = []
    with tempfile.TemporaryDirectory() as folder:
        small = written(folder, "small", ["A swift in flight"])
        if "encode" in parts:
            files = {name: written(folder, name, texts.lines(iter(sources[name]), options.megabytes * 1e6))
                     for name in options.texts.split(",")}
            for name in names:
                for kind, path in files.items():
                    for verb in options.verbs.split(","):
                        for threads in map(int, options.threads.split(",")):
                            if verb == "pack" and threads > 1:
                                continue  # the embedder packs in parallel itself
                            results.append(timed(
                                options, f"{verb} {kind} {name}, threads {threads}", paths[name], path, threads, verb,
                                options.rounds))
        if "long" in parts:
            for kind, text in texts.long_inputs(options.data).items():
                path = written(folder, "long", [text])
                for name in names:
                    if name in LONG:
                        results.append(timed(
                            options, f"{kind} {name}", paths[name], path, 1, "encode", options.rounds, warm_up=False))
        if "load" in parts:
            for name in names:
                if name in LOADED:
                    results += loads(options, name, paths[name], options.rounds, small)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
