"""Servers that are measured: each is started on a free port of the loopback, stopped while another is asked, and ended.

A stopped server (SIGSTOP) takes no processor time from the one that is measured, and needs not load its model again.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# What infinity is started with. BetterTransformer is its own default for the torch engine; int8 has no effect with it.
INFINITY = {
    "infinity torch": ["--engine", "torch"],
    "infinity torch plain": ["--engine", "torch", "--no-bettertransformer"],
    "infinity torch int8": ["--engine", "torch", "--dtype", "int8", "--no-bettertransformer"],
    "infinity onnx int8": ["--engine", "optimum", "--pooling-method", "mean"],
}
LOADING = 180


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One process that answers OpenAI's dialect."""

    def __init__(self, name, command, port, path, model, log, environment=None):
        self.name, self.model = name, model
        self.url = f"http://127.0.0.1:{port}{path}"
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        begin = time.monotonic()
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - begin > LOADING:
                self.end()
                raise SystemExit(f"{name} does not answer; it said: {Path(log).read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        self.pause()

    def ask(self, texts):
        body = json.dumps({"model": self.model, "input": texts, "encoding_format": "float"}).encode()
        request = urllib.request.Request(self.url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return [row["embedding"] for row in json.load(answer)["data"]]

    def answers(self):
        try:
            return len(self.ask(["Is it there?"])) == 1
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            return False

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def memory(self):
        """Resident bytes of the process and its children, 0 where the system does not say."""
        total, left = 0, [self.process.pid]
        while left:
            pid = left.pop()
            try:
                fields = Path(f"/proc/{pid}/statm").read_text().split()
                total += int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
                for task in Path(f"/proc/{pid}/task").iterdir():
                    left += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
        return total

    def end(self):
        if self.process.poll() is None:
            self.go_on()
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def needletail(program, model, precision, log, arguments=()):
    port = free_port()
    command = [program, "serve", "--model", str(model), "--precision", precision, "--port", str(port), *arguments]
    return Server("needletail", command, port, "/v1/embeddings", None, log)


def infinity(name, model, log):
    port = free_port()
    # Its script names the interpreter by a path that an environment may not have any more.
    program = [sys.executable, "-c", "from infinity_emb.cli import cli; cli()"]
    command = [
        *program, "v2", "--model-id", str(model), "--device", "cpu", "--host", "127.0.0.1", "--port", str(port),
        "--served-model-name", "model", *INFINITY[name]]
    # The graph has been optimized already; doing it again fails for one with int8 weights.
    environment = {
        "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0",
        "INFINITY_ONNX_DISABLE_OPTIMIZE": "1"}
    return Server(name, command, port, "/embeddings", "model", log, environment)
