"""The processes that are timed: a peer is loaded once and waits; ours is the command line, started anew each time."""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from places import HERE


class Unavailable(Exception):
    """This engine cannot do this here; the text says why."""


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


class Peer:
    """A variant of variants.py, loaded, in a process of engines.py."""

    def __init__(self, variant, model, path, threads, batches, sample):
        command = [
            sys.executable, str(HERE / "engines.py"), variant.engine, variant.precision, variant.form,
            "--model", str(model), "--input", path, "--threads", str(threads), "--streams", str(variant.streams),
            "--batches", ",".join(map(str, batches)), "--choose-on", str(sample)]
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.about = self.answer()
        self.batch = self.about["batch"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.errors.seek(0)
            raise Unavailable(f"ended with code {code}: {last_line(self.errors.read())}")
        return json.loads(line)

    def ask(self, **order):
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer()

    def encode(self, limit=None, save=None):
        return self.ask(do="encode", **({"limit": limit} if limit else {}), **({"save": save} if save else {}))

    def latency(self, text, calls):
        result = self.ask(do="latency", text=text, calls=calls)
        cuts = statistics.quantiles(result["seconds"], n=100)
        return {"p50": cuts[49], "p99": cuts[98], "peak_memory_bytes": result["peak_memory_bytes"]}

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


class Ours:
    """`needletail` in one precision. Older programs know fewer commands and precisions, which is `Unavailable`."""

    def __init__(self, program, precision, model, path, threads):
        self.program, self.path, self.about, self.batch = program, path, {}, None
        self.options = ["--model", str(model), "--threads", str(threads)]
        if precision != "f32":
            self.options += ["--precision", precision]

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments, *self.options], capture_output=True, text=True)
        if done.returncode:
            # The first line says what is wrong, the usage follows it.
            reason = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[0]
            raise Unavailable(f"needletail {' '.join(arguments[:2])}: {reason}")
        return done.stdout

    def encode(self, limit=None, save=None):
        if save:
            with tempfile.TemporaryDirectory() as folder:
                few = Path(folder) / "texts.txt"
                few.write_text("\n".join(lines(self.path)[:limit]) + "\n", encoding="utf-8")
                self.run("embed", "--input", str(few), "--output", save, "--format", "npy", "--quiet")
            return None
        result = json.loads(self.run("bench", "encode", "--input", self.path, "--repeat", "1", "--json"))
        return {
            "seconds": min(result["seconds"]), "texts": result["texts"], "tokens": result["tokens"],
            "peak_memory_bytes": result["peak_memory_bytes"]}

    def latency(self, text, calls):
        """The program decides how many calls it makes."""
        with tempfile.TemporaryDirectory() as folder:
            query = Path(folder) / "query.txt"
            query.write_text(text + "\n", encoding="utf-8")
            result = json.loads(self.run("bench", "latency", "--input", str(query), "--json"))
        return {"p50": result["p50"], "p99": result["p99"], "peak_memory_bytes": result.get("peak_memory_bytes")}

    def close(self):
        pass


def lines(path):
    return Path(path).read_text(encoding="utf-8").removesuffix("\n").split("\n")
