#!/usr/bin/env python3
"""Clients that are slow, idle, half gone, or never read.

    python Tests/hostile/slow.py --url http://127.0.0.1:8080 --pid PID --requests 10000

- idle: --requests connections that say nothing, held for --hold seconds; meanwhile the probe must be answered
- headers, body: --slow connections that send a byte now and then; the server must end them within --limit seconds
- half: right requests whose side is then closed, requests that stop in the middle, connections that are reset
- deaf: clients that ask again and again and read nothing; the memory must not follow, and they must be ended within --limit

`--parts idle,headers,body,half,deaf` chooses. `--limit 0` only looks at the probe and the memory.
"""

import errno
import resource
import select
import socket
import struct
import time

from watch import Watch, arguments

PARTS = ["half", "headers", "body", "deaf", "idle"]


def descriptors(count):
    """Lets the process have so many open files; says how many it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 100
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100


def request(target, body=None, length=None):
    body = target.embeddings("one") if body is None else body
    lines = ["POST /v1/embeddings HTTP/1.1", f"host: {target.host}", "content-type: application/json"]
    if target.authorization:
        lines.append(f"authorization: {target.authorization}")
    lines.append(f"content-length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Crowd:
    """Many connections that do the same."""

    def __init__(self, watch, count, receive=None):
        self.watch, self.poll = watch, select.epoll()
        self.open = {}
        self.refused = 0
        for number in range(count):
            if watch.is_over:
                break
            # Another source address for every ten thousand, as each has so many ports.
            source = f"127.0.0.{2 + number // 10_000}"
            try:
                connection = watch.target.connect(watch.options.patience, receive, source)
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    raise SystemExit("too few file descriptors: raise the limit, or ask for fewer --requests") from error
                # A server may have had enough of us, as long as it goes on for the probe.
                self.refused += 1
                continue
            connection.setblocking(False)
            self.open[connection.fileno()] = connection
            self.poll.register(connection.fileno(), select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR)
        self.count = len(self.open)

    def forget_ended(self, wait=0.0):
        """Lets go of the connections that the server has ended."""
        for number, _ in self.poll.poll(wait):
            self.open.pop(number).close()

    def send(self, data):
        """Sends to all; what does not fit is not sent."""
        for number, connection in list(self.open.items()):
            try:
                connection.send(data)
            except BlockingIOError:
                continue
            except OSError:
                self.open.pop(number).close()

    def close(self, abruptly=False):
        for connection in self.open.values():
            if abruptly:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        self.open = {}
        self.poll.close()


def idle(watch, options):
    crowd = Crowd(watch, min(options.requests, descriptors(options.requests)))
    end = time.monotonic() + options.hold
    while time.monotonic() < end and not watch.is_over:
        crowd.forget_ended(0.2)
    note = f"idle: {crowd.count} connections, {crowd.refused} refused, {len(crowd.open)} open after {options.hold:g} s"
    if crowd.count < options.requests:
        watch.problems.add(f"idle: only {crowd.count} of {options.requests} connections could be made")
    crowd.close()
    return crowd.count, note


def drip(watch, options, name, start, drop):
    """Sends a beginning and then a little at a time, until the server has had enough."""
    crowd = Crowd(watch, options.slow)
    crowd.send(start)
    begin = time.monotonic()
    while crowd.open and time.monotonic() - begin < (options.limit or options.hold) and not watch.is_over:
        crowd.forget_ended(0.2)
        crowd.send(drop)
        time.sleep(0.8)
    took = time.monotonic() - begin
    note = f"{name}: {crowd.count} connections, {len(crowd.open)} open after {took:.0f} s"
    if crowd.open and options.limit:
        watch.problems.add(f"{name}: {len(crowd.open)} slow connections are still open after {options.limit:g} s")
    crowd.close()
    return crowd.count, note


def headers(watch, options):
    return drip(watch, options, "headers", b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\n", b"a: b\r\n")


def body(watch, options):
    return drip(watch, options, "body", request(watch.target, b'{"input":"', 10_000), b"a")


def half(watch, options):
    """Clients that leave: before, in and after a request, politely or not."""
    whole = request(watch.target)
    pieces = [b"", whole[:10], whole[:-5], whole, whole * 3, whole + whole[:40]]
    count = unended = 0
    for number in range(options.slow):
        if watch.is_over:
            break
        count += 1
        try:
            connection = watch.target.connect(options.patience)
            connection.sendall(pieces[number % len(pieces)])
            if number // len(pieces) % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                continue
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass
            connection.close()
        except TimeoutError:
            unended += 1
        except OSError:
            continue
    if unended:
        watch.problems.add(f"half: {unended} connections that we closed were not ended")
    return count, f"half: {count} connections, {unended} not ended"


def deaf(watch, options):
    """Clients that ask for large answers and read nothing."""
    asking = request(watch.target, watch.target.embeddings(["text"] * 32))
    crowd = Crowd(watch, min(options.slow, 200), receive=4096)
    begin = time.monotonic()
    sent = 0
    while crowd.open and time.monotonic() - begin < (options.limit or options.hold) and not watch.is_over:
        # A dozen requests each at first; then as much as the server takes.
        crowd.send(asking * (12 if sent == 0 else 1))
        sent += 1
        crowd.forget_ended(0.5)
    took = time.monotonic() - begin
    note = f"deaf: {crowd.count} clients, {len(crowd.open)} open after {took:.0f} s"
    if crowd.open and options.limit:
        watch.problems.add(f"deaf: {len(crowd.open)} clients that read nothing are still there after {options.limit:g} s")
    crowd.close(abruptly=True)
    return crowd.count, note


def main():
    parser = arguments(__doc__, 10_000)
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS)
    parser.add_argument("--slow", type=int, default=500, help="connections of the parts other than idle")
    parser.add_argument("--limit", type=float, default=90, help="seconds after which a slow client must be gone; 0: never")
    parser.add_argument("--hold", type=float, default=20, help="seconds that idle connections are held")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    descriptors(options.slow)
    watch = Watch(options)
    done, notes = 0, []
    for name in options.parts:
        try:
            count, note = globals()[name](watch, options)
        except OSError as error:
            watch.problems.add(f"{name}: {error}")
            continue
        done += count
        notes.append(note)
    watch.finish(done, notes)


if __name__ == "__main__":
    main()
