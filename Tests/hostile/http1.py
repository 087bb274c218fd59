#!/usr/bin/env python3
"""Seeded nonsense over HTTP/1.1: lines, headers, bodies, lengths, chunks, pipelines.

    python Tests/hostile/http1.py --url http://127.0.0.1:8080 --pid PID --requests 100000

A problem is: a status of 500 or 502, an answer that is no HTTP, a request that gets neither an answer nor the end of its
connection, more answers than requests, answers in another order, a right request that is not answered, a failing probe,
or memory that stays. Each case has a number; `--only NUMBER` sends one again and shows what came.
"""

import random
import re
import select
import socket
import time

import bodies
from watch import Watch, arguments, several

ALLOWED_FIVES = {501, 503, 504, 505}
CRLF = b"\r\n"


class Case:
    """Bytes in parts, and what may come back.

    - exact: so many answers must come, in the order of their identifiers
    - most: more answers than this are a request that was smuggled in
    - whole: the request is complete, so it must be answered or its connection ended; else our side is closed first
    """

    def __init__(self, kind, parts, whole=True, exact=None, most=None):
        self.kind, self.parts, self.whole, self.exact, self.most = kind, parts, whole, exact, most


def head(method, path, host, fields, version=b"HTTP/1.1"):
    lines = [b" ".join([method, path, version]), b"host: " + host, *fields]
    return CRLF.join(lines) + CRLF + CRLF


def post(random, target, path=None, body=None, fields=()):
    if body is None:
        path, body = bodies.right(random)
    fields = [b"content-type: application/json", *fields, b"content-length: %d" % len(body)]
    if target.authorization:
        fields.append(b"authorization: " + target.authorization.encode())
    return head(b"POST", path.encode(), target.host.encode(), fields) + body


def json_bodies(random, target):
    path, body = bodies.wrong(random)
    kind = [b"content-type: " + random.choice([b"text/plain", b"", b"application/json; charset=utf-16", b"a" * 500])]
    fields = kind if random.random() < 0.1 else ()
    return Case("json", [post(random, target, path, body, fields)])


def lines(random, target):
    path = random.choice([
        b"/", b"*", b"", b"/" + b"a" * random.choice([100, 9000, 70_000, 1_000_000]), b"//v1/embeddings", b"/v1/../../x",
        b"/%2e%2e/%2e%2e/x", b"/%00", b"/%", b"/%zz", b"/\xff\xfe", b"/a b", b"/v1/models/%2F..%2F", b"http://x/v1/models",
        b"http://[::1", b"/v1/models?" + b"a=b&" * 5000, b"/?\x00", b"/#x", b"/v1/collections/" + b"%41" * 300,
        b"/page/../../../x", b"/page/%2e%2e%2fx", b"/v1/collections/x/documents?after=-1&limit=99999999999999999999",
        b"/v1/collections/x/map?limit=1e9&where=((((", b"/v1/models/\t"])
    method = random.choice([
        b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"get", b"PRI", b"G\x00T",
        b"A" * 5000, b"", b" GET", b"GE T", b"\x16\x03\x01"])
    version = random.choice([
        b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.10", b"HTTP/9.9", b"http/1.1", b"", b"HTTP/1.1 x"])
    host = random.choice([b"x", b"", b"a" * 5000, b"x\x00y", b"x:99999", b"[::1", b"\xff"])
    # After HEAD an answer has a length and no body; the connection is ended for it.
    return Case("line", [head(method, path, host, [b"connection: close"], version)], whole=False)


def headers(random, target):
    odd = [
        b"a" * random.choice([100, 70_000]) + b": b", b"a: " + b"b" * random.choice([9000, 200_000]), b"no colon", b": no name",
        b"a : b", b"a\x00b: c", b"a: \x00", b"a: \r b", b"a:\xff\xfe", b"host: other", b" folded", b"a: b\r\n c", b"\xc3\xa4: b",
        b"connection: upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA",
        b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x", b"expect: 100-continue", b"expect: x",
        b"authorization: Bearer " + b"x" * 5000, b"authorization: \xff", b"authorization:", b"x-api-key: \x7f",
        b"x-request-id: " + random.choice([b"a" * 9000, b"\x1b[31m", b"a\"b", b"\xff", b""]), b"accept: " + b"*/*," * 3000,
        b"accept-encoding: gzip;q=\xff", b"content-encoding: gzip", b"traceparent: 00-" + b"0" * 32 + b"-" + b"f" * 99,
        b"range: bytes=0-,1-,2-" + b",1-2" * 999, b"cookie: " + b"a=b;" * 3000, b"x-deadline: -1", b"origin: null",
        b"access-control-request-method: \x00", b"te: trailers, " + b"x" * 999, b"content-type: application/grpc"]
    fields = random.choices(odd, k=random.choice([1, 1, 2, 5]))
    if random.random() < 0.05:
        fields = [b"f%d: %d" % (number, number) for number in range(random.choice([101, 1000, 20_000]))]
    return Case("header", [post(random, target, fields=fields)], whole=False)


def lengths(random, target):
    body = b'{"input":"one"}'
    length = random.choice([
        b"-1", b"+15", b"0x0f", b"15 15", b"15, 15", b"15,16", b"1e1", b"", b" ", b"15\x00", b"99999999999999999999999",
        b"18446744073709551615", b"18446744073709551616", b"9223372036854775807", b"4294967296", b"10000000000", b"14", b"16",
        b"0", b"015", b"\xd9\xa1"])
    fields = [b"content-type: application/json", b"content-length: " + length]
    if random.random() < 0.3:
        fields.append(b"content-length: " + random.choice([b"15", b"0", b"16"]))
    parts = [head(b"POST", b"/v1/embeddings", b"x", fields), body]
    return Case("length", parts, whole=False)


def chunks(random, target):
    body = b'{"input":"one"}'
    coding = random.choice([b"chunked"] * 8 + [b"Chunked", b"gzip, chunked", b"chunked, chunked", b"identity", b"x", b"", b"chunked, gzip", b"chunk"])
    fields = [b"content-type: application/json", b"transfer-encoding: " + coding]
    most = None
    if random.random() < 0.2:
        # Two lengths: whoever believes the other would take the rest for a request.
        fields.append(b"content-length: " + random.choice([b"0", b"4", b"15", b"999"]))
        most = 1
    data = random.choice([
        b"f\r\n" + body + b"\r\n0\r\n\r\n", b"F;x=" + b"y" * random.choice([9, 70_000]) + b"\r\n" + body + b"\r\n0\r\n\r\n",
        b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n", b"f\r\n" + body + b"0\r\n\r\n", b"e\r\n" + body + b"\r\n0\r\n\r\n",
        b"10\r\n" + body + b"\r\n0\r\n\r\n", b"-f\r\n" + body + b"\r\n0\r\n\r\n", b"0xf\r\n" + body + b"\r\n0\r\n\r\n",
        b"f" * 16 + b"\r\n" + body, b"f" * 17 + b"\r\n" + body, b"0" * 100_000 + b"f\r\n" + body + b"\r\n0\r\n\r\n",
        b"f\n" + body + b"\n0\n\n", b"f\r\n" + body + b"\r\n", b"f\r\n" + body[:5], b"\r\n", b"g\r\n", b" f\r\n" + body + b"\r\n0\r\n\r\n",
        b"f\r\n" + body + b"\r\n0\r\n" + b"t: u\r\n" * random.choice([1, 5000]) + b"\r\n",
        b"f\r\n" + body + b"\r\n0\r\ncontent-length: 5\r\nhost: y\r\n\r\n", b"f\r\n" + body + b"\r\n0\r\nbad trailer\r\n\r\n"])
    if most:
        data += head(b"GET", b"/health", b"smuggled", [])
    return Case("chunk", [head(b"POST", b"/v1/embeddings", b"x", fields), data], whole=False, most=most)


def oversized(random, target):
    size = random.choice([3, 9, 33]) << 20
    kind = random.randrange(4)
    block = {0: b" ", 1: b"[", 2: b"a", 3: b"\x00"}[kind] * (1 << 16)
    fields = [b"content-type: application/json", b"content-length: %d" % size]
    if random.random() < 0.3:
        fields.append(b"expect: 100-continue")
    start = head(b"POST", b"/v1/embeddings", b"x", fields) + (b'{"input":"' if kind == 2 else b"")
    parts, sent = [start], 10 if kind == 2 else 0
    while sent < size:
        part = block[: size - sent]
        parts.append(part)
        sent += len(part)
    return Case("oversized", parts)


def pipelines(random, target):
    count = random.choice([2, 3, 10, 50])
    parts = []
    for number in range(count):
        identifier = b"x-request-id: pipeline-%d" % number
        if random.random() < 0.3:
            fields = [identifier]
            if target.authorization:
                fields.append(b"authorization: " + target.authorization.encode())
            parts.append(head(b"GET", b"/v1/models", b"x", fields))
        else:
            parts.append(post(random, target, "/v1/embeddings", target.embeddings(f"text {number}"), [identifier]))
    data = b"".join(parts)
    if random.random() < 0.5:
        cuts = sorted(random.randrange(len(data)) for _ in range(4))
        return Case("pipeline", [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])], exact=count)
    if random.random() < 0.3:
        # Broken after some right ones; what was right may still be answered, and what is broken refused.
        return Case("pipeline", [data + b"\x00\r\n\r\n" + data], whole=False, most=count + 1)
    return Case("pipeline", [data], exact=count)


def noise(random, target):
    data = random.choice([
        random.randbytes(random.choice([1, 10, 1000, 50_000])), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(random.choice([0, 9, 100])), b"PRI * HTTP/2.0\r\n\r\nXX", b"\r\n" * 5000,
        b"\n", b"\x00" * 5000, b"GET", b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\nhost: x\n\n"])
    return Case("noise", [data], whole=False)


def changed(random, target):
    data = bodies.mutated(random, post(random, target))
    return Case("changed", [data], whole=False)


def right(random, target):
    return Case("right", [post(random, target, "/v1/embeddings", target.embeddings("a right request"))], exact=1)


KINDS = [
    (json_bodies, 30), (lines, 10), (headers, 12), (lengths, 8), (chunks, 12), (pipelines, 4), (noise, 5), (changed, 16),
    (right, 3), (oversized, 0.3)]


def case(seed, number, target):
    chance = random.Random(seed * 1_000_003 + number)
    kind = chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return kind(chance, target)


ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")


def answers(data):
    """The answers in some bytes: (status, identifier) each, and whether the rest is a part of one or nothing."""
    found, place = [], 0
    while place < len(data):
        start = ANSWER.match(data, place)
        if not start:
            whole = b"HTTP/1.1 200 "
            return found, whole.startswith(data[place : place + len(whole)][:7]) and len(data) - place < len(whole)
        end = data.find(b"\r\n\r\n", place)
        if end < 0:
            return found, True
        fields = data[place:end].lower()
        status = int(start[1])
        length = re.search(rb"\r\ncontent-length: *(\d+)", fields)
        place = end + 4
        if status == 101:
            return found, True
        if status < 200:
            continue
        if re.search(rb"\r\ntransfer-encoding: *chunked", fields):
            while True:
                stop = data.find(CRLF, place)
                if stop < 0:
                    return found, True
                size = int(data[place:stop].split(b";")[0], 16)
                place = stop + 2 + size + 2
                if place > len(data):
                    return found, True
                if size == 0:
                    break
        elif length:
            place += int(length[1])
            if place > len(data):
                return found, True
        identifier = re.search(rb"\r\nx-request-id: *([^\r]*)", fields)
        found.append((status, identifier[1] if identifier else None))
    return found, True


def exchange(one, target, patience):
    """Sends a case. Returns what came, and how it ended: "closed", "answered" or "hang"."""
    data = b""
    wanted = one.exact or 1
    end = time.monotonic() + patience
    with target.connect(patience) as connection:
        connection.setblocking(False)
        left = list(one.parts)
        offset, finished = 0, False
        while time.monotonic() < end:
            writing = [connection] if left else []
            ready, writable, _ = select.select([connection], writing, [], max(0, end - time.monotonic()))
            try:
                if writable:
                    offset += connection.send(left[0][offset : offset + (1 << 16)])
                    end = time.monotonic() + patience
                    if offset >= len(left[0]):
                        left.pop(0)
                        offset = 0
                    if not left and not one.whole and not finished:
                        finished = True
                        try:
                            connection.shutdown(socket.SHUT_WR)
                        except OSError:
                            pass  # The server was faster; what it said can still be read.
                if ready:
                    part = connection.recv(1 << 18)
                    if not part:
                        return data, "closed"
                    data += part
                    if one.whole and not left and len(answers(data)[0]) >= wanted:
                        return data, "answered"
                    if one.whole and left and one.exact is None and answers(data)[0]:
                        return data, "answered"
            except (ConnectionError, BrokenPipeError):
                return data, "closed"
    return data, "hang"


def judge(one, data, ending):
    """What is wrong with an exchange; None if nothing is."""
    found, is_clean = answers(data)
    for status, _ in found:
        if status >= 500 and status not in ALLOWED_FIVES:
            return f"status {status}"
    # Who begins as HTTP/2 does may be answered in it.
    if not is_clean and not b"".join(one.parts[:2]).startswith(b"PRI * HTTP/2.0"):
        return "bytes that are no answer"
    if one.exact is not None:
        if len(found) != one.exact:
            return f"{len(found)} answers to {one.exact} requests, {ending}"
        marks = [identifier for _, identifier in found]
        if one.kind == "pipeline" and marks[0] is not None and marks != [b"pipeline-%d" % number for number in range(one.exact)]:
            return "answers in another order"
        if one.kind == "right" and found[0][0] != 200:
            return f"a right request got {found[0][0]}"
    if one.most is not None and len(found) > one.most:
        return f"{len(found)} answers to at most {one.most} requests"
    if ending == "hang":
        return "neither an answer nor an end" if not found else "an answer, but no end of a connection that we closed"
    return None


def main():
    parser = arguments(__doc__, 100_000)
    parser.add_argument("--only", type=int, help="sends one case and shows the exchange")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--lenient", action="store_true", help="a right request may be refused: for other servers")
    options = parser.parse_args()
    if options.only is not None:
        from watch import Target

        target = Target(options)
        one = case(options.seed, options.only, target)
        data, ending = exchange(one, target, options.patience)
        sent = b"".join(one.parts)
        print(f"{one.kind}: {len(sent)} bytes\n{sent[:2000]!r}\n{len(data)} bytes came, {ending}\n{data[:2000]!r}")
        print(judge(one, data, ending) or "no problem")
        return
    watch = Watch(options)
    statuses, sent = {}, {}

    def work(number):
        one = case(options.seed, number, watch.target)
        sent[one.kind] = sent.get(one.kind, 0) + 1
        try:
            data, ending = exchange(one, watch.target, options.patience)
        except OSError as error:
            watch.problems.add(f"no connection: {error}", f"case {number}")
            return
        for status, _ in answers(data)[0]:
            statuses[status] = statuses.get(status, 0) + 1
        problem = judge(one, data, ending)
        if problem and not (options.lenient and problem.startswith("a right request")):
            watch.problems.add(f"{one.kind}: {problem}", f"case {number}")

    done = several(watch, work, options.workers)
    notes = [
        "sent: " + ", ".join(f"{kind} {count}" for kind, count in sorted(sent.items())),
        "statuses: " + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()))]
    watch.finish(done, notes)


if __name__ == "__main__":
    main()
