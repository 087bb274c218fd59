"""Ends servers in the middle of their work: what was accepted is answered, the rest refused, nothing half.

    python Tests/server/drain.py PROGRAM [--rounds 5] [ARGUMENT of serve...]

Clients keep connections open and ask without a pause. SIGTERM comes at a random moment; every answer that began must be
whole and be 200 or 503, and the server must end by itself with status 0.
"""

import argparse
import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until_ready(port, process):
    for _ in range(2000):
        if process.poll() is not None:
            sys.exit("the server ended at once")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.005)
    sys.exit("the server was not ready in time")


class Client(threading.Thread):
    """Asks until it is refused; notes what it saw."""

    def __init__(self, port, number, batch):
        super().__init__(daemon=True)
        self.port, self.number, self.batch = port, number, batch
        self.answers, self.refused, self.faults = 0, 0, []

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            while True:
                texts = [f"client {self.number} asks for the {self.answers}th time, text {i}" for i in range(self.batch)]
                try:
                    connection.request("POST", "/embed", json.dumps({"inputs": texts}))
                    response = connection.getresponse()
                except (ConnectionError, http.client.RemoteDisconnected, OSError):
                    # Not accepted: nothing of an answer came.
                    self.refused += 1
                    return
                body = response.read()
                if response.status == 503:
                    self.refused += 1
                    return
                rows = json.loads(body)
                if response.status != 200 or len(rows) != self.batch:
                    self.faults.append(f"status {response.status}, {len(rows)} rows")
                    return
                self.answers += 1
                if response.getheader("connection") == "close":
                    self.refused += 1
                    return
        except (http.client.IncompleteRead, json.JSONDecodeError, http.client.HTTPException) as error:
            self.faults.append(f"half an answer: {error!r}")


def round_of(program, arguments, seed):
    chance = random.Random(seed)
    port = free_port()
    process = subprocess.Popen([program, "serve", "--port", str(port), "--quiet", *arguments])
    wait_until_ready(port, process)
    clients = [Client(port, number, chance.choice([1, 4, 64])) for number in range(32)]
    for client in clients:
        client.start()
    time.sleep(chance.uniform(0.05, 1.0))
    process.send_signal(signal.SIGTERM)
    began = time.time()
    faults = []
    try:
        status = process.wait(timeout=40)
        if status != 0:
            faults.append(f"the server ended with status {status}")
    except subprocess.TimeoutExpired:
        process.kill()
        faults.append("the server did not end")
    took = time.time() - began
    for client in clients:
        client.join(timeout=10)
        if client.is_alive():
            faults.append(f"client {client.number} hangs")
        faults += client.faults
    answers = sum(client.answers for client in clients)
    print(f"seed {seed}: {answers} answers, ended in {took:.2f} s, {len(faults)} faults", file=sys.stderr)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    own, arguments = parser.parse_known_args()
    failed = 0
    for seed in range(own.seed, own.seed + own.rounds):
        faults = round_of(own.program, arguments, seed)
        for fault in faults:
            print(f"seed {seed}: {fault}")
        failed += bool(faults)
    print(f"{own.rounds - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
