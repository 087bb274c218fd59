"""What all attacks share: a client that asks ordinary things meanwhile, the server's memory, and the account in the end.

The probe is a process of its own, so that the work of an attack does not count as the server's waiting.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import sys
import threading
import time
import urllib.parse


def arguments(description, requests):
    """The options that all programs have."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server; loopback addresses only")
    parser.add_argument("--pid", type=int, help="the server's process, whose memory is watched")
    parser.add_argument("--requests", type=int, default=requests)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1800, help="ends earlier than that in any case")
    parser.add_argument("--patience", type=float, default=15, help="seconds that an answer or an end may take")
    parser.add_argument("--api-key")
    parser.add_argument("--model", help="what right requests name as their model, where a server needs that")
    parser.add_argument("--probe", default="POST /v1/embeddings", help="what the probe asks: a method and a path")
    parser.add_argument("--probe-pause", type=float, default=0.02, help="seconds between two of the probe's requests")
    parser.add_argument("--probe-limit", type=float, default=5, help="seconds that the slowest probe may take")
    parser.add_argument("--growth", type=int, default=256, help="MB that the memory may have grown by in the end")
    parser.add_argument("--peak", type=int, default=2048, help="MB that the memory may have grown by meanwhile")
    return parser


class Target:
    """Where the server is; nobody but this machine may be attacked."""

    def __init__(self, options):
        parts = urllib.parse.urlsplit(options.url)
        if parts.scheme != "http" or not parts.hostname:
            raise SystemExit(f"{options.url}: expected http://127.0.0.1:PORT")
        self.host, self.port = parts.hostname, parts.port or 80
        address = socket.gethostbyname(self.host)
        if not address.startswith("127."):
            raise SystemExit(f"{options.url}: {address} is no loopback address; only those are attacked")
        self.authorization = f"Bearer {options.api_key}" if options.api_key else None
        self.model = options.model

    def embeddings(self, text):
        """The body of a right request for the vector of a text."""
        return json.dumps({**({"model": self.model} if self.model else {}), "input": text}).encode()

    def connect(self, patience, receive=None, source=None):
        connection = socket.socket()
        connection.settimeout(patience)
        if receive:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        if source:
            connection.bind((source, 0))
        connection.connect((self.host, self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class Problems:
    """What went wrong, by kind, with the first example of each."""

    def __init__(self):
        self.counts, self.examples, self.lock = {}, {}, threading.Lock()

    def add(self, kind, example=""):
        with self.lock:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.examples.setdefault(kind, example)

    def __len__(self):
        return sum(self.counts.values())


def resident(pid):
    """Bytes of a process in memory; 0 where it is gone or unknown."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, TypeError):
        return 0


def probe(target, options, stop, pipe):
    """Asks the same thing over and over on one connection, until told to stop."""
    method, path = options.probe.split(" ", 1)
    body = None
    if method == "POST":
        text = "a bird in the sky"
        body = target.embeddings(text) if path == "/v1/embeddings" else json.dumps({"inputs": text}).encode()
    headers = {"content-type": "application/json"}
    if target.authorization:
        headers["authorization"] = target.authorization
    times, failures, memory, connection = [], {}, [], None
    while not stop.is_set():
        begin = time.monotonic()
        try:
            if connection is None:
                connection = http.client.HTTPConnection(target.host, target.port, timeout=options.patience)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            if answer.status != 200:
                kind = f"status {answer.status}: {data[:200].decode(errors='replace')}"
                failures[kind] = failures.get(kind, 0) + 1
            if answer.getheader("connection") == "close":
                connection = None
        except (OSError, http.client.HTTPException) as error:
            kind = f"{type(error).__name__}: {error}"
            failures[kind] = failures.get(kind, 0) + 1
            connection = None
        times.append(time.monotonic() - begin)
        memory.append(resident(options.pid))
        stop.wait(options.probe_pause)
    pipe.send((times, failures, max(memory, default=0)))


class Watch:
    """Watches a server from the begin of an attack to its end."""

    def __init__(self, options):
        self.options, self.target, self.problems = options, Target(options), Problems()
        self.begin = time.monotonic()
        self.deadline = self.begin + options.seconds
        self.before = resident(options.pid)
        context = multiprocessing.get_context("fork")
        self.stop = context.Event()
        self.pipe, theirs = context.Pipe(duplex=False)
        self.process = context.Process(target=probe, args=(self.target, options, self.stop, theirs), daemon=True)
        self.process.start()
        time.sleep(0.5)
        if not self.process.is_alive():
            raise SystemExit("the probe did not start")

    @property
    def is_over(self):
        return time.monotonic() > self.deadline

    def finish(self, requests, notes=()):
        """Prints the account and ends the program."""
        time.sleep(1)
        self.stop.set()
        limit = self.options.patience + 5
        times, failures, during = self.pipe.recv() if self.pipe.poll(limit) else ([], {"the probe hangs": 1}, 0)
        self.process.join(5)
        times.sort()
        part = lambda share: times[min(int(share * len(times)), len(times) - 1)] * 1e3 if times else float("nan")
        for kind, count in failures.items():
            for _ in range(count):
                self.problems.add(f"the probe failed: {kind}")
        if not times:
            self.problems.add("the probe had no answer")
        elif times[-1] > self.options.probe_limit:
            self.problems.add(f"a probe took more than {self.options.probe_limit:g} s", f"{times[-1]:.2f} s")
        seconds = time.monotonic() - self.begin
        for note in notes:
            print(note)
        print(
            f"probe: {len(times)} requests, {sum(failures.values())} failures, p50 {part(0.5):.2f}, p99 {part(0.99):.2f}, "
            f"max {part(1):.2f} ms")
        if self.options.pid:
            after = self.settled()
            print(
                f"memory: {self.before / 1e6:.0f} MB before, {during / 1e6:.0f} MB at most, {after / 1e6:.0f} MB after")
            if not after:
                self.problems.add("the server is gone")
            if after - self.before > self.options.growth * 1e6:
                self.problems.add(f"the memory grew by more than {self.options.growth} MB")
            if during - self.before > self.options.peak * 1e6:
                self.problems.add(f"the memory grew by more than {self.options.peak} MB meanwhile")
        for kind, count in sorted(self.problems.counts.items(), key=lambda pair: -pair[1]):
            example = self.problems.examples[kind]
            print(f"problem: {count} x {kind}" + (f", as in {example}" if example else ""))
        print(f"{seconds:.1f} seconds, seed {self.options.seed}")
        print(f"{requests} requests: {len(self.problems)} problems")
        sys.stdout.flush()
        sys.exit(1 if len(self.problems) else 0)

    def settled(self):
        """The memory once connections have ended."""
        least = resident(self.options.pid)
        for _ in range(30):
            time.sleep(0.1)
            least = min(least, resident(self.options.pid))
        return least


def several(watch, work, workers=8):
    """Runs `work(number)` for each number below --requests in some threads.

    Returns how many were done: fewer where the time was over.
    """
    numbers = iter(range(watch.options.requests))
    lock, done = threading.Lock(), [0]

    def loop():
        while not watch.is_over:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                work(number)
            except Exception as error:  # noqa: BLE001 - one case must not end the others
                watch.problems.add(f"the attack itself failed: {type(error).__name__}: {error}", f"case {number}")
            with lock:
                done[0] += 1

    threads = [threading.Thread(target=loop, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done[0]
