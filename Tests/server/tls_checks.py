"""Clients that encrypt, and those that should: HTTP/1.1, HTTP/2 and gRPC below TLS on one port.

    $(Tools/python-with Tools/server-requirements.txt) Tests/server/tls_checks.py [--program NEEDLETAIL]

The certificate is of an authority that is made for the test and trusted by its clients only.
"""

import argparse
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import grpc
import httpx
import numpy as np
import requests
import trustme

from checks import check, run

# Versions that are too old are asked for on purpose.
warnings.simplefilter("ignore", DeprecationWarning)
HERE = Path(__file__).resolve().parent
TEXTS = ["A swift in flight", "Größe 😀", "one two three"]


class Context:
    def __init__(self, program, port, folder):
        self.program, self.port, self.folder = program, port, Path(folder)
        self.url = f"https://localhost:{port}"
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        self.trusted, self.chain, self.key = (self.folder / name for name in ("ca.pem", "chain.pem", "key.pem"))
        authority.cert_pem.write_to_path(self.trusted)
        certificate.private_key_pem.write_to_path(self.key)
        for part in certificate.cert_chain_pems:
            part.write_to_path(self.chain, append=True)
        rows, output = self.folder / "texts.txt", self.folder / "vectors.npy"
        rows.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
        subprocess.run([program, "embed", "--input", rows, "--format", "npy", "--output", output, "--quiet"], check=True)
        self.vectors = np.load(output)

    def arguments(self, chain, key):
        return [self.program, "serve", "--port", str(self.port), "--quiet", "--tls-certificate", str(chain), "--tls-key",
                str(key)]

    def start(self):
        self.server = subprocess.Popen(self.arguments(self.chain, self.key))
        for _ in range(300):
            try:
                if requests.get(self.url + "/ready", timeout=5, verify=str(self.trusted)).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            if self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("the server did not start")

    def stop(self):
        self.server.terminate()
        assert self.server.wait(timeout=40) == 0

    def same(self, rows):
        assert np.asarray(rows, dtype=np.float32).tobytes() == self.vectors.tobytes()


@check
def http1(context):
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(context.url + "/embed", json={"inputs": TEXTS}, timeout=60, verify=str(context.trusted))
            context.same(answer.json())


@check
def http2(context):
    """Both versions are offered, and the client's wish is heard."""
    trust = ssl.create_default_context(cafile=str(context.trusted))
    for wants_two, version in [(True, "HTTP/2"), (False, "HTTP/1.1")]:
        with httpx.Client(http2=wants_two, verify=trust, timeout=60) as client:
            answer = client.post(context.url + "/v1/embeddings", json={"input": TEXTS})
            assert answer.http_version == version, answer.http_version
            context.same([one["embedding"] for one in answer.json()["data"]])


@check
def rpc(context):
    sys.path.insert(0, str(HERE.parents[1] / "Sources/NeedletailServer/GRPC"))
    messages, services = grpc.protos_and_services("tei.proto")
    with grpc.secure_channel(
            f"localhost:{context.port}", grpc.ssl_channel_credentials(context.trusted.read_bytes())) as channel:
        stub = services.EmbedStub(channel)
        context.same([
            stub.Embed(messages.EmbedRequest(inputs=text, truncate=True, normalize=True)).embeddings for text in TEXTS])


@check
def strangers(context):
    """Who does not trust the authority, or speaks what is too old or plain, gets nothing; the others are still answered."""
    try:
        requests.get(context.url + "/ready", timeout=60)
        raise AssertionError("a certificate of nobody was trusted")
    except requests.exceptions.SSLError:
        pass
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(context.trusted)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    for wrap in (lambda one: old.wrap_socket(one, server_hostname="localhost"), plainly):
        with socket.create_connection(("localhost", context.port), timeout=60) as one:
            try:
                wrap(one)
                raise AssertionError("it was answered")
            except (ssl.SSLError, ConnectionError):
                pass
    http1(context)


def plainly(connection):
    connection.sendall(b"GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = connection.recv(100)
    # A TLS alert, or the end.
    if received.startswith(b"HTTP"):
        return
    raise ConnectionError


@check
def what_is_no_certificate(context):
    """It is said which file is wrong, before anything listens."""
    empty = context.folder / "empty.pem"
    empty.write_text("nothing\n")
    other = context.folder / "other.pem"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(other)
    for chain, key in [(context.folder / "missing.pem", context.key), (empty, context.key), (context.chain, empty),
                       (context.chain, other)]:
        done = subprocess.run(context.arguments(chain, key), capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "certificate" in done.stderr and ".pem" in done.stderr, (chain, key, done)


parser = argparse.ArgumentParser()
parser.add_argument("--program", default=str(HERE.parents[1] / ".build/release/needletail"))
parser.add_argument("--port", type=int, default=9340)
options = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    context = Context(options.program, options.port, folder)
    context.start()
    try:
        passed = run(context)
    finally:
        context.stop()
sys.exit(0 if passed else 1)
