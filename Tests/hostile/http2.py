#!/usr/bin/env python3
"""Seeded nonsense over HTTP/2 without TLS: frames that lie, floods, resets, headers that cannot be decoded, windows.

    python Tests/hostile/http2.py --url http://127.0.0.1:8080 --pid PID --requests 10000

Needs hpack and hyperframe (requirements.txt). Each case has a connection of its own; a flood is one case. After the
attack the server is asked for the echo of a ping: a problem is when it neither echoes it, nor ends the connection, within
the patience; also a status of 500, a violation that it must not bear but does, a failing probe, or memory that stays.
`--only NUMBER` sends one case again and shows the frames that came.
"""

import random
import select
import socket
import struct
import time

import hpack
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame

import bodies
from watch import Watch, arguments, several

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ECHO = b"attacked"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7


class Case:
    """Bytes in parts.

    - forbidden: the server must end the connection or the stream, and must not answer with success
    - reads: whether what comes is read while the attack goes on
    """

    def __init__(self, kind, parts, forbidden=False, reads=True):
        self.kind, self.parts, self.forbidden, self.reads = kind, parts, forbidden, reads


def frame(kind, flags=0, stream=0, payload=b"", length=None):
    length = len(payload) if length is None else length
    return struct.pack(">BHBBL", length >> 16 & 255, length & 65535, kind, flags, stream) + payload


def settings(**values):
    one = SettingsFrame(0)
    one.settings = {getattr(SettingsFrame, name): value for name, value in values.items()}
    return one.serialize()


def fields(target, path="/v1/embeddings", length=None, method="POST", extra=()):
    found = [(":method", method), (":scheme", "http"), (":path", path), (":authority", f"{target.host}:{target.port}")]
    if method == "POST":
        found.append(("content-type", "application/json"))
    if length is not None:
        found.append(("content-length", str(length)))
    if target.authorization:
        found.append(("authorization", target.authorization))
    return [*found, *extra]


def headers(stream, data, flags=("END_HEADERS",)):
    one = HeadersFrame(stream)
    one.data = data
    for flag in flags:
        one.flags.add(flag)
    return one.serialize()


def body(stream, data, flags=("END_STREAM",)):
    one = DataFrame(stream)
    one.data = data
    for flag in flags:
        one.flags.add(flag)
    return one.serialize()


def reset(stream, code=8):
    one = RstStreamFrame(stream)
    one.error_code = code
    return one.serialize()


def window(stream, increment):
    return frame(8, 0, stream, struct.pack(">L", increment))


def request(target, encoder, stream, path="/v1/embeddings", data=b'{"input":"one"}'):
    return [headers(stream, encoder.encode(fields(target, path, len(data)))), body(stream, data)]


def conversation(random, target):
    """Some right frames, for others to change."""
    encoder = hpack.Encoder()
    found = [settings(INITIAL_WINDOW_SIZE=65535, MAX_FRAME_SIZE=16384)]
    for stream in range(1, random.choice([4, 8, 20]), 2):
        path, data = bodies.right(random)
        found += request(target, encoder, stream, path, data[:16000])
    ping = PingFrame(0)
    ping.opaque_data = b"12345678"
    found.append(ping.serialize())
    found.append(window(0, 1000))
    return found


def plain(random, target):
    return Case("right", conversation(random, target))


def changed_bytes(random, target):
    parts = conversation(random, target)
    for _ in range(random.choice([1, 2, 5])):
        place = random.randrange(len(parts))
        parts[place] = bodies.mutated(random, parts[place])
    return Case("changed bytes", parts)


def changed_frames(random, target):
    """Frames whose heads have another length, kind, flags or stream; or in another order, twice, or missing."""
    parts = conversation(random, target)
    for _ in range(random.choice([1, 2, 5])):
        place = random.randrange(len(parts))
        data = parts[place]
        kind = random.randrange(7)
        if len(data) < 9:
            continue
        if kind == 0:
            parts[place] = struct.pack(">L", random.choice([0, 1, len(data), 16385, 0xFFFFFF]))[1:] + data[3:]
        elif kind == 1:
            parts[place] = data[:3] + bytes([random.randrange(256)]) + data[4:]
        elif kind == 2:
            parts[place] = data[:4] + bytes([random.randrange(256)]) + data[5:]
        elif kind == 3:
            parts[place] = data[:5] + struct.pack(">L", random.choice([0, 1, 2, 3, 99, 0x7FFFFFFF, 0xFFFFFFFF])) + data[9:]
        elif kind == 4:
            parts.insert(random.randrange(len(parts) + 1), data)
        elif kind == 5 and len(parts) > 1:
            parts.pop(place)
        else:
            random.shuffle(parts)
    return Case("changed frames", parts)


def bad_headers(random, target):
    """Header blocks that cannot be decoded, or may not be as they are."""
    encoder = hpack.Encoder()
    kind = random.randrange(12)
    block, forbidden = None, True
    if kind == 0:
        block = b"\xff\xff\xff\xff\x0f"  # an index far outside of the table
    elif kind == 1:
        block = b"\x80"  # index 0
    elif kind == 2:
        block = b"\x3f\xff\xff\xff\x7f" + encoder.encode(fields(target))  # a table of half a gigabyte
    elif kind == 3:
        block = b"\x40\x0a" + b"custom-key"[: random.randrange(10)]  # cut short
    elif kind == 4:
        block = b"\x00\x85\xff\xff\xff\xff\xff\x01a"  # Huffman: the end of strings
    elif kind == 5:
        block = b"\x00" + b"\xff" * 20  # an integer without end
    elif kind == 6:
        # One field of 4 kB in the table, named again and again: 16 MB from 20 kB.
        big = hpack.Encoder()
        block = big.encode(fields(target)) + big.encode([("a", "b" * 3900)])
        block += b"\xbe" * 4000
        forbidden = False
    elif kind == 7:
        odd = random.choice([
            [("Upper", "x")], [("connection", "close")], [("transfer-encoding", "chunked")], [("te", "gzip")], [(":path", "/x")],
            [(":status", "200")], [(":unknown", "x")], [("", "x")], [("a b", "x")], [("a", "x\r\ny: z")], [("a", "\x00")],
            [("upgrade", "h2c")], [("content-length", "-1")], [("content-length", "5"), ("content-length", "6")]])
        block = encoder.encode(fields(target, extra=odd))
    elif kind == 8:
        missing = random.choice([":method", ":scheme", ":path"])
        block = encoder.encode([pair for pair in fields(target) if pair[0] != missing])
    elif kind == 9:
        block = encoder.encode([("first", "x"), *fields(target)])  # pseudo fields behind others
    elif kind == 10:
        block, forbidden = encoder.encode(fields(target, path=random.choice(
            ["", "*", "x", "/" + "a" * 100_000, "/\x00", "/ ", "http://x/"]))), False
    else:
        block, forbidden = encoder.encode(fields(target, extra=[(f"f{n}", "x" * 99) for n in range(2000)])), False
    # 16,384 bytes a frame at most; the rest goes on in others.
    pieces = [block[at : at + 16000] for at in range(0, len(block), 16000)]
    parts = [settings()]
    last = len(pieces) - 1
    for at, piece in enumerate(pieces):
        flags = ("END_HEADERS",) if at == last else ()
        if at == 0:
            parts.append(headers(1, piece, (*flags, "END_STREAM") if forbidden or random.random() < 0.5 else flags))
        else:
            more = ContinuationFrame(1)
            more.data = piece
            for flag in flags:
                more.flags.add(flag)
            parts.append(more.serialize())
    return Case("headers", parts, forbidden)


def violations(random, target):
    """What no server may bear (RFC 9113, 5.1, 6)."""
    encoder = hpack.Encoder()
    get = encoder.encode(fields(target, "/v1/models", method="GET"))
    start = headers(1, get, ("END_HEADERS", "END_STREAM"))
    one = random.choice([
        [frame(DATA, 0, 0, b"x")], [frame(DATA, 0, 1, b"x")], [frame(HEADERS, 5, 0, get)], [frame(HEADERS, 5, 2, get)],
        [frame(SETTINGS, 0, 1)], [frame(SETTINGS, 0, 0, b"x" * 5)], [frame(SETTINGS, 1, 0, b"x" * 6)], [frame(PING, 0, 0, b"x")],
        [frame(PING, 0, 1, b"x" * 8)], [frame(RST_STREAM, 0, 0, b"\0\0\0\1")], [frame(RST_STREAM, 0, 5, b"\0\0\0\1")],
        [window(0, 0)], [window(0, 0x7FFFFFFF)] * 2, [frame(8, 0, 5, b"\0\0\0\1")], [frame(GOAWAY, 0, 1, b"\0" * 8)],
        [frame(9, 4, 1, b"x")], [frame(SETTINGS, 0, 0, struct.pack(">HL", 2, 2))],
        [frame(SETTINGS, 0, 0, struct.pack(">HL", 4, 0x80000000))], [frame(SETTINGS, 0, 0, struct.pack(">HL", 5, 1))],
        [frame(DATA, 0, 1, b"x" * 70_000)], [frame(HEADERS, 4 | 8, 1, b"\xff" + get)],
        [frame(HEADERS, 0, 1, get[:4]), frame(PING, 0, 0, b"x" * 8)], [frame(HEADERS, 0, 1, get[:4]), frame(9, 4, 3, get[4:])],
        [frame(5, 4, 1, b"\0\0\0\2" + get)], [frame(0x20, 0xFF, 7, b"x", length=0xFFFFFF)]])
    before = [start] if random.random() < 0.3 and one[0][3] not in (DATA, HEADERS, 9) else []
    return Case("violation", [settings(), *before, *one], True)


def windows(random, target):
    """Requests whose answers may not be sent, bodies beyond the window, lengths that are wrong."""
    encoder = hpack.Encoder()
    kind = random.randrange(6)
    if kind == 0:
        parts = [settings(INITIAL_WINDOW_SIZE=0)]
        for stream in range(1, 64, 2):
            parts += request(target, encoder, stream)
        return Case("windows", parts)
    if kind == 1:
        parts = [settings(INITIAL_WINDOW_SIZE=1), *request(target, encoder, 1)]
        parts += [window(1, 1), window(0, 1)] * 200
        return Case("windows", parts)
    if kind == 2:
        parts = [settings(), *request(target, encoder, 1)]
        for size in [0, 0x7FFFFFFF, 1, 0, 65535] * 20:
            parts.append(settings(INITIAL_WINDOW_SIZE=size))
        return Case("windows", parts)
    if kind == 3:
        parts = [settings(), headers(1, encoder.encode(fields(target)))]
        parts += [body(1, b" " * 16384, ()) for _ in range(200)]
        return Case("windows", parts)
    if kind == 4:
        length = random.choice([0, 1, 14, 16, 10**12])
        return Case("windows", [settings(), headers(1, encoder.encode(fields(target, length=length))), body(1, b'{"input":"one"}')])
    padded = frame(DATA, 8 | 1, 1, bytes([random.choice([0, 1, 200, 255])]) + b'{"input":"one"}')
    return Case("windows", [settings(), headers(1, encoder.encode(fields(target))), padded])


def floods(random, target):
    """Cheap for us, dear for a server that goes along."""
    encoder = hpack.Encoder()
    count = random.choice([1000, 10_000])
    kind = random.randrange(10)
    reads = random.random() < 0.5
    ping = frame(PING, 0, 0, b"x" * 8)
    if kind == 0:
        parts = [settings(INITIAL_WINDOW_SIZE=65535) * 100] * (count // 100)
    elif kind == 1:
        parts = [ping * 100] * (count // 100)
    elif kind == 2:
        # CVE-2023-44487
        parts = [settings()]
        for stream in range(1, 2 * count, 2):
            data = b'{"input":"one"}'
            block = encoder.encode(fields(target, length=len(data)))
            parts.append(headers(stream, block) + body(stream, data) + reset(stream))
    elif kind == 3:
        # CVE-2024-27316
        parts = [settings(), frame(HEADERS, 1, 1, encoder.encode(fields(target, method="GET")))]
        parts += [frame(9, 0, 1, hpack.Encoder().encode([(f"x{n}", "y" * 200)])) for n in range(count)]
    elif kind == 4:
        parts = [settings(), headers(1, encoder.encode(fields(target)))] + [frame(DATA, 0, 1) * 100] * (count // 100)
    elif kind == 5:
        parts = [settings()] + [frame(2, 0, 1 + 2 * (n % 1000), struct.pack(">LB", n % 7, 16)) for n in range(count)]
    elif kind == 6:
        parts = [settings(), headers(1, encoder.encode(fields(target)))] + [window(1, 1) * 100] * (count // 100)
    elif kind == 7:
        # Streams without end.
        parts = [settings()] + [headers(stream, encoder.encode(fields(target))) for stream in range(1, 2 * min(count, 2000), 2)]
    elif kind == 8:
        parts = [settings()] + [frame(0x40 + n % 100, 0xFF, n % 9, b"z" * 100) for n in range(count)]
    else:
        # The server resets streams itself, CVE-2025-8671.
        parts = [settings()]
        for stream in range(1, 2 * count, 2):
            parts.append(headers(stream, encoder.encode(fields(target)), ("END_HEADERS",)) + window(stream, 0))
    return Case("flood", parts, reads=reads)


def prefaces(random, target):
    start = bodies.mutated(random, PREFACE + settings()) if random.random() < 0.5 else PREFACE[: random.randrange(24)]
    return Case("preface", [b"", start])


KINDS = [
    (plain, 8), (changed_bytes, 25), (changed_frames, 25), (bad_headers, 15), (violations, 12), (windows, 8), (prefaces, 4),
    (floods, 0.5)]


def case(seed, number, target):
    chance = random.Random(seed * 1_000_003 + number)
    kind = chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return kind(chance, target)


def frames(data):
    """(kind, flags, stream, payload) of each whole frame."""
    found, place = [], 0
    while place + 9 <= len(data):
        length = int.from_bytes(data[place : place + 3], "big")
        if place + 9 + length > len(data):
            break
        stream = int.from_bytes(data[place + 5 : place + 9], "big") & 0x7FFFFFFF
        found.append((data[place + 3], data[place + 4], stream, data[place + 9 : place + 9 + length]))
        place += 9 + length
    return found


def statuses(found):
    """The statuses of answers, as far as their header blocks can be decoded."""
    decoder, result = hpack.Decoder(), []
    for kind, flags, _, payload in found:
        if kind != HEADERS or not flags & 4:
            continue
        try:
            result += [int(value) for name, value in decoder.decode(payload) if name == ":status"]
        except (hpack.HPACKError, ValueError):
            break
    return result


def exchange(one, target, patience):
    """Sends a case and then a ping. Returns what came, and "closed", "echo" or "hang"."""
    data = bytearray()
    prefix = b"" if one.kind == "preface" else PREFACE
    last = frame(PING, 0, 0, ECHO)
    left = [prefix, *one.parts, last]
    echo = frame(PING, 1, 0, ECHO)
    offset, echoed = 0, False
    end = time.monotonic() + patience
    with target.connect(patience) as connection:
        connection.setblocking(False)
        while time.monotonic() < end:
            reading = [connection] if one.reads or len(left) <= 1 else []
            ready, writable, _ = select.select(reading, [connection] if left else [], [], max(0, end - time.monotonic()))
            if not ready and not writable and left:
                # A server may stop to read from those that do not read.
                one.reads = True
            try:
                if ready:
                    part = connection.recv(1 << 18)
                    if not part:
                        return bytes(data), "closed"
                    data += part
                    if not echoed and echo in data[-len(part) - len(echo):]:
                        # The answer to what is forbidden may come a little later than the echo.
                        echoed, end = True, time.monotonic() + 1
                    if echoed and (not one.forbidden or refuses(frames(data))):
                        return bytes(data), "echo"
                if writable:
                    # Several parts at once, as a flood should be one.
                    while left and offset >= len(left[0]):
                        left.pop(0)
                        offset = 0
                    if left:
                        sent = connection.send(b"".join([left[0][offset:], *left[1:500]])[: 1 << 18])
                        end = time.monotonic() + patience
                        while left and sent >= len(left[0]) - offset:
                            sent -= len(left[0]) - offset
                            left.pop(0)
                            offset = 0
                        offset += sent
                    if not left and one.kind in ("preface", "changed bytes", "changed frames"):
                        # What was sent may be an unfinished frame, for which a server rightly waits.
                        connection.shutdown(socket.SHUT_WR)
            except (ConnectionError, BrokenPipeError, OSError):
                return bytes(data), "closed"
    return bytes(data), "echo" if echoed else "hang"


def refuses(found):
    """Whether some of the frames say that something was wrong."""
    return any(kind in (RST_STREAM, GOAWAY) for kind, _, _, _ in found) or any(code >= 400 for code in statuses(found))


def judge(one, data, ending):
    """What is wrong with an exchange; None if nothing is."""
    if ending == "hang":
        return "neither an echo nor an end"
    if one.kind == "preface":
        return None
    found = frames(data)
    codes = statuses(found)
    if any(code in (500, 502) for code in codes):
        return "status 500"
    return "was borne" if one.forbidden and ending == "echo" and not refuses(found) else None


def main():
    parser = arguments(__doc__, 10_000)
    parser.add_argument("--only", type=int, help="sends one case and shows the exchange")
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    if options.only is not None:
        from watch import Target

        target = Target(options)
        one = case(options.seed, options.only, target)
        print(f"{one.kind}: {sum(map(len, one.parts))} bytes in {len(one.parts)} parts, forbidden: {one.forbidden}")
        for part in one.parts[:20]:
            print(f"  > {part[:9].hex()} {part[9:60]!r}")
        data, ending = exchange(one, target, options.patience)
        for kind, flags, stream, payload in frames(data)[:40]:
            print(f"  < kind {kind} flags {flags:#x} stream {stream}: {payload[:80]!r}")
        print(f"{ending}, statuses {statuses(frames(data))}; {judge(one, data, ending) or 'no problem'}")
        return
    watch = Watch(options)
    sent, endings = {}, {}

    def work(number):
        one = case(options.seed, number, watch.target)
        sent[one.kind] = sent.get(one.kind, 0) + 1
        try:
            data, ending = exchange(one, watch.target, options.patience)
        except OSError as error:
            watch.problems.add(f"no connection: {error}", f"case {number}")
            return
        endings[ending] = endings.get(ending, 0) + 1
        if problem := judge(one, data, ending):
            watch.problems.add(f"{one.kind}: {problem}", f"case {number}")

    done = several(watch, work, options.workers)
    watch.finish(done, [
        "sent: " + ", ".join(f"{kind} {count}" for kind, count in sorted(sent.items())),
        "ended: " + ", ".join(f"{kind} {count}" for kind, count in sorted(endings.items()))])


if __name__ == "__main__":
    main()
