"""Starts the servers that clients.py asks, asks them, and ends them.

    $(Tools/python-with Tools/server-requirements.txt) Tests/server/run.py [--program NEEDLETAIL] [--model FOLDER]
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "NeedletailEmbeddingTests/Fixtures"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def serve(program, port, *arguments):
    process = subprocess.Popen([program, "serve", "--port", str(port), "--quiet", *arguments])
    for _ in range(300):
        try:
            if requests.get(f"http://127.0.0.1:{port}/ready", timeout=5).status_code == 200:
                return process
        except requests.ConnectionError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise SystemExit("the server did not start")


parser = argparse.ArgumentParser()
parser.add_argument("--program", default=str(HERE.parents[1] / ".build/release/needletail"))
parser.add_argument("--model", default=str(CACHE / "needletail/models/all-MiniLM-L6-v2"))
parser.add_argument("--precision", default="int8")
parser.add_argument("--port", type=int, default=9280, help="this one and the next are used")
options = parser.parse_args()
servers = []
try:
    servers.append(serve(options.program, options.port, "--model", f"minilm={options.model}", "--precision",
                         options.precision))
    models = {
        "owner/reranker": "cross-encoders/bert-sigmoid", "labels": "cross-encoders/bert-three",
        "sparse": "Sparse/splade-max", "tokens": "MultiVector/colbert",
    }
    choices = [part for name, path in models.items() for part in ["--model", f"{name}={FIXTURES / path}"]]
    servers.append(serve(options.program, options.port + 1, *choices, "--model", "bundled"))
    done = subprocess.run(
        [sys.executable, str(HERE / "clients.py"), "--url", f"http://127.0.0.1:{options.port}", "--other-url",
         f"http://127.0.0.1:{options.port + 1}", "--program", options.program, "--model", options.model, "--precision",
         options.precision])
finally:
    for server in servers:
        server.terminate()
    for server in servers:
        server.wait(timeout=40)
sys.exit(done.returncode)
