"""One check of the server's gRPC protocol with Python's own client: `grpc_client.py CHECK PORT PROTOCOL-FOLDER EXPECTED`.

EXPECTED is a JSON file of what the library computes: texts and the bytes of their vectors. Ends with 0 if all is right.
"""

import json
import socket
import struct
import sys
import threading
import time

import grpc
import h2.config
import h2.connection
import h2.events
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

check, port, folder, expected_path = sys.argv[1:]
sys.path.insert(0, folder)
pb, services = grpc.protos_and_services("tei.proto")
expected = json.load(open(expected_path, encoding="utf-8"))
TEXTS, VECTORS = expected["texts"], [bytes.fromhex(vector) for vector in expected["vectors"]]
PLAIN, SHORT = [[bytes.fromhex(vector) for vector in expected[name]] for name in ("unnormalized", "short")]
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
embed = services.EmbedStub(channel)
Code = grpc.StatusCode


def packed(values):
    return struct.pack(f"<{len(values)}f", *values)


def same(value, wanted, what=""):
    if value != wanted:
        raise SystemExit(f"{what}: {value!r}, not {wanted!r}")


def refused(call, code, *words):
    """Expects a call to fail with a code, and with some words in its message."""
    try:
        value = call()
        if not hasattr(value, "ListFields"):
            value = list(value)
    except grpc.RpcError as error:
        same(error.code(), code, f"code of {error.details()!r}")
        for word in words:
            if word not in error.details():
                raise SystemExit(f"{error.details()!r} lacks {word!r}")
        return error
    raise SystemExit(f"no error {code}, but {value!r}")


def request(text, **options):
    return pb.EmbedRequest(inputs=text, normalize=True, truncate=True, **options)


def unary():
    for text, vector, plain, short in zip(TEXTS, VECTORS, PLAIN, SHORT):
        answer = embed.Embed(request(text))
        same(packed(answer.embeddings), vector, text)
        same(answer.metadata.compute_chars, len(text), "characters")
        if answer.metadata.compute_tokens == 0 and text.strip():
            raise SystemExit("no tokens")
        if answer.metadata.total_time_ns == 0:
            raise SystemExit("no time")
        same(packed(embed.Embed(pb.EmbedRequest(inputs=text, truncate=True)).embeddings), plain, "unnormalized")
        same(packed(embed.Embed(request(text, dimensions=8)).embeddings), short, "dimensions")
    left = embed.EmbedSparse(pb.EmbedSparseRequest(inputs="a b a"))
    same([(value.index, value.value) for value in left.sparse_embeddings], [(97, 2.0), (98, 1.0)], "sparse")
    every = embed.EmbedAll(pb.EmbedAllRequest(inputs="ab", prompt_name="p"))
    same([list(token.embeddings) for token in every.token_embeddings], [[112, 1], [97, 1], [98, 1]], "all")
    every = embed.EmbedAll(pb.EmbedAllRequest(inputs="abcdef", truncate=True, truncation_direction=1))
    same([token.embeddings[0] for token in every.token_embeddings], [99, 100, 101, 102], "left")
    every = embed.EmbedAll(pb.EmbedAllRequest(inputs="abcdef", truncate=True))
    same([token.embeddings[0] for token in every.token_embeddings], [97, 98, 99, 100], "right")


def predictions():
    stub = services.PredictStub(channel)
    answer = stub.Predict(pb.PredictRequest(inputs="abc", raw_scores=True))
    same([(p.label, p.score) for p in answer.predictions], [("long", 3.0), ("short", -3.0)], "predict")
    answer = stub.PredictPair(pb.PredictPairRequest(inputs=["a", "bcd"]))
    same([(p.label, p.score) for p in answer.predictions], [("long", 0.75), ("short", 0.25)], "pair")
    same(stub.PredictPair(pb.PredictPairRequest(inputs=["a"])).predictions[0].score, 0.5, "pair of one")
    refused(lambda: stub.PredictPair(pb.PredictPairRequest(inputs=["a"] * 3)), Code.INVALID_ARGUMENT, "3 texts")
    lengths = [3, 9, 1, 4] * 50
    answers = stub.PredictStream(iter([pb.PredictRequest(inputs="a" * n, raw_scores=True) for n in lengths]))
    same([answer.predictions[0].score for answer in answers], lengths, "stream")
    answers = stub.PredictPairStream(
        iter([pb.PredictPairRequest(inputs=["a", "a" * n], raw_scores=True) for n in lengths]))
    same([answer.predictions[0].score for answer in answers], [n + 1 for n in lengths], "stream of pairs")


def ranks():
    stub = services.RerankStub(channel)
    texts = ["aaa", "b", "cc", "dd"]
    answer = stub.Rerank(pb.RerankRequest(query="q", texts=texts, raw_scores=True, return_text=True))
    same([(r.index, r.text, r.score) for r in answer.ranks],
         [(0, "aaa", 3), (2, "cc", 2), (3, "dd", 2), (1, "b", 1)], "ranks")
    answer = stub.Rerank(pb.RerankRequest(query="q", texts=texts))
    same([r.HasField("text") for r in answer.ranks], [False] * 4, "texts that nobody wants")
    first = [pb.RerankStreamRequest(query="q", text=texts[0], raw_scores=True, return_text=True)]
    rest = [pb.RerankStreamRequest(text=text) for text in texts[1:]]
    answer = stub.RerankStream(iter(first + rest))
    same([(r.index, r.text) for r in answer.ranks], [(0, "aaa"), (2, "cc"), (3, "dd"), (1, "b")], "stream")
    refused(lambda: stub.Rerank(pb.RerankRequest(query="q")), Code.INVALID_ARGUMENT, "texts is empty")
    refused(lambda: stub.RerankStream(iter([])), Code.INVALID_ARGUMENT, "texts is empty")


def tokens():
    stub = services.TokenizeStub(channel)
    text = "Größe 😀 matters"
    answer = stub.Tokenize(pb.EncodeRequest(inputs=text, add_special_tokens=True))
    for token in answer.tokens:
        same(token.HasField("start"), not token.special, "start")
        if not token.special:
            same(token.text, text[token.start:token.stop], "text")
    ids = [token.id for token in answer.tokens]
    same(ids, expected["ids"], "ids")
    same(stub.Decode(pb.DecodeRequest(ids=ids, skip_special_tokens=True)).text, expected["decoded"], "decoded")
    answers = list(stub.TokenizeStream(iter([pb.EncodeRequest(inputs=text) for _ in range(20)])))
    same(len(answers), 20, "answers")
    same([token.special for token in answers[0].tokens], [False] * len(answers[0].tokens), "specials")
    answers = stub.DecodeStream(iter([pb.DecodeRequest(ids=ids, skip_special_tokens=True)] * 5))
    same([answer.text for answer in answers], [expected["decoded"]] * 5, "decoded stream")


def info():
    stub = services.InfoStub(channel)
    answer = stub.Info(pb.InfoRequest())
    same((answer.model_id, answer.version, answer.model_type, answer.max_input_length, answer.HasField("model_sha")),
         ("test", "1.2.3", pb.MODEL_TYPE_EMBEDDING, 4, False), "info")
    same(stub.Info(pb.InfoRequest(), metadata=[("x-model-id", "other")]).model_id, "other", "model")


def streams():
    count = 2000
    answers = embed.EmbedStream(request(TEXTS[i % len(TEXTS)]) for i in range(count))
    for i, answer in enumerate(answers):
        same(packed(answer.embeddings), VECTORS[i % len(TEXTS)], f"answer {i}")
    same(i, count - 1, "answers")
    same(list(embed.EmbedStream(iter([]))), [], "none")
    # Each request waits for the answer to the one before it.
    ready = threading.Semaphore(1)

    def polite():
        for text in TEXTS:
            ready.acquire()
            yield request(text)

    for i, answer in enumerate(embed.EmbedStream(polite())):
        same(packed(answer.embeddings), VECTORS[i], f"polite answer {i}")
        ready.release()
    same([answer.sparse_embeddings[0].index for answer in embed.EmbedSparseStream(
        iter([pb.EmbedSparseRequest(inputs=letter) for letter in "xyz"]))], [120, 121, 122], "sparse")
    same([len(answer.token_embeddings) for answer in embed.EmbedAllStream(
        iter([pb.EmbedAllRequest(inputs="a" * n) for n in (1, 2, 3)]))], [1, 2, 3], "all")


def threads():
    """Many calls at once over one connection."""
    futures = [embed.Embed.future(request(TEXTS[i % len(TEXTS)])) for i in range(400)]
    for i, future in enumerate(futures):
        same(packed(future.result().embeddings), VECTORS[i % len(TEXTS)], f"call {i}")


def errors():
    statuses = {400: Code.INVALID_ARGUMENT, 401: Code.UNAUTHENTICATED, 403: Code.PERMISSION_DENIED,
                404: Code.NOT_FOUND, 413: Code.RESOURCE_EXHAUSTED, 422: Code.INVALID_ARGUMENT,
                429: Code.RESOURCE_EXHAUSTED, 503: Code.UNAVAILABLE, 504: Code.DEADLINE_EXCEEDED, 500: Code.INTERNAL}
    for status, code in statuses.items():
        error = refused(lambda: embed.Embed(request(f"#fail {status}")), code, f"{status}: 100 % größer\n")
        pushback = dict(error.trailing_metadata()).get("grpc-retry-pushback-ms")
        same(pushback, "1500" if status == 429 else None, "pushback")
    # Answers before an error arrive, those after it do not.
    texts = TEXTS[:3] + ["#fail 422"] + TEXTS[3:5]
    got = []

    def read():
        for answer in embed.EmbedStream(request(text) for text in texts):
            got.append(packed(answer.embeddings))
        return []

    refused(read, Code.INVALID_ARGUMENT, "422")
    same(got, VECTORS[:3], "answers before the error")
    # A stream whose client waits hears of an error at once.
    never = threading.Event()

    def patient():
        yield request("#fail 422")
        never.wait(600)

    started = time.monotonic()
    refused(lambda: embed.EmbedStream(patient()), Code.INVALID_ARGUMENT, "422")
    never.set()
    same(time.monotonic() - started < 300, True, "waited")
    refused(lambda: embed.Embed(request("x", truncation_direction=7)), Code.INVALID_ARGUMENT, "truncation_direction is 7")
    raw = channel.unary_unary("/tei.v1.Embed/Embed", lambda x: x, lambda x: x)
    error = refused(lambda: raw(b"\xff\xff\xff"), Code.INVALID_ARGUMENT)
    for path in ("/tei.v1.Embed/Nothing", "/tei.v2.Embed/Embed", "/x/y"):
        raw = channel.unary_unary(path, lambda x: x, lambda x: x)
        refused(lambda: raw(b""), Code.UNIMPLEMENTED, path)
    several = channel.stream_unary("/tei.v1.Embed/Embed", lambda x: x, lambda x: x)
    refused(lambda: several(iter([b"", b""])), Code.INTERNAL)
    refused(lambda: several(iter([])), Code.INTERNAL)
    refused(lambda: embed.Embed(request("x" * 1000), compression=grpc.Compression.Gzip), Code.UNIMPLEMENTED, "compressed")
    same(packed(embed.Embed(request(TEXTS[0])).embeddings), VECTORS[0], "after all this")


def deadlines():
    # What never began is not stopped, and on a busy machine a call may begin late: then both are given longer.
    for seconds in (2, 10, 60):
        future = embed.Embed.future(request("#wait"), timeout=seconds)
        stream = embed.EmbedStream(iter([request("#wait")]), timeout=seconds)
        begun = within(seconds, lambda: embed.Embed(request("#running")).embeddings[0] == 2)
        refused(future.result, Code.DEADLINE_EXCEEDED)
        refused(lambda: next(stream), Code.DEADLINE_EXCEEDED)
        wait_for("#running", 0)
        if begun:
            break
    same(begun, True, "both calls began before their deadline")
    same(packed(embed.Embed(request(TEXTS[0]), timeout=600).embeddings), VECTORS[0], "in time")


def cancels():
    future = embed.Embed.future(request("#wait"))
    stream = embed.EmbedStream(iter([request(TEXTS[0]), request("#wait")]))
    same(packed(next(stream).embeddings), VECTORS[0], "first")
    running(2)
    future.cancel()
    stream.cancel()
    stopped(2)
    # A client that goes away altogether.
    other = grpc.insecure_channel(f"127.0.0.1:{port}")
    kept = services.EmbedStub(other).Embed.future(request("#wait"))
    running(1)
    other.close()
    del kept
    stopped(3)


def running(count):
    wait_for("#running", count)


def stopped(count):
    """Waits until so many calls have been cancelled in the server, and none runs."""
    wait_for("#stopped", count)
    wait_for("#running", 0)


def wait_for(text, count):
    eventually(lambda: embed.Embed(request(text)).embeddings[0] == count, f"{text} becomes {count}")


def eventually(holds, what):
    """The time is that of a machine which does many other things."""
    if not within(300, holds):
        raise SystemExit(f"not true in time: {what}")


def within(seconds, holds):
    """Whether it becomes true in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def large():
    text = "swift " * (1 << 19)
    answer = embed.EmbedAll(pb.EmbedAllRequest(inputs="#large " + str(1 << 20)))
    same(len(answer.token_embeddings), 1 << 20, "large answer")
    same(embed.Embed(request("#length " + text)).embeddings[0], len(text) + 8, "large request")
    refused(lambda: embed.Embed(request("x" * (16 << 20))), Code.RESOURCE_EXHAUSTED, "16777216")
    answers = embed.EmbedAllStream(pb.EmbedAllRequest(inputs="#large 50000") for _ in range(40))
    same([len(answer.token_embeddings) for answer in answers], [50000] * 40, "large answers")
    stub = services.RerankStub(channel)
    refused(lambda: stub.RerankStream(pb.RerankStreamRequest(text=text) for _ in range(8)), Code.RESOURCE_EXHAUSTED)


class Stream:
    """A stream of HTTP/2 by hand, on a connection of its own."""

    def __init__(self, path="/tei.v1.Embed/Embed", method="POST", **fields):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=300)
        self.http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.http.initiate_connection()
        fields = {"content-type": "application/grpc", "te": "trailers"} | {
            name.replace("_", "-"): value for name, value in fields.items()}
        self.http.send_headers(1, [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)] + [
            (name, value) for name, value in fields.items() if value is not None])
        self.flush()

    def flush(self):
        self.socket.sendall(self.http.data_to_send())

    def send(self, data, end=False):
        self.http.send_data(1, data, end_stream=end)
        self.flush()
        return self

    def answer(self):
        """Status of HTTP, all fields, and data."""
        fields, data = {}, b""
        while True:
            part = self.socket.recv(65536)
            if not part:
                raise SystemExit("the connection was closed")
            for event in self.http.receive_data(part):
                if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    fields |= dict(event.headers)
                elif isinstance(event, h2.events.DataReceived):
                    data += event.data
                    self.http.acknowledge_received_data(event.flow_controlled_length, 1)
                elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    self.socket.close()
                    return fields.get(":status"), fields, data
            self.flush()


def framed(message, flag=0):
    return struct.pack(">BI", flag, len(message)) + message


def slow():
    """A client that does not read its answers: few are made, and its deadline ends the stream."""
    def made():
        return embed.Embed(request("#made")).embeddings[0]

    stream = Stream("/tei.v1.Embed/EmbedAllStream", grpc_timeout="10S")
    for _ in range(200):
        stream.send(framed(pb.EmbedAllRequest(inputs="#large 50000").SerializeToString()))
    eventually(lambda: made() >= 8, "some were made")
    while True:
        events = stream.http.receive_data(stream.socket.recv(65536))
        if any(isinstance(event, (h2.events.StreamReset, h2.events.StreamEnded)) for event in events):
            break
    same(made() < 20, True, "made too many")
    same(packed(embed.Embed(request(TEXTS[0])).embeddings), VECTORS[0], "after that")


def frames():
    message = framed(request(TEXTS[0]).SerializeToString())
    def status(stream):
        http, fields, _ = stream.answer()
        same(http, "200", "HTTP's status")
        return int(fields["grpc-status"])

    # In one piece, byte by byte, without te, with a type that says more.
    for stream in (Stream().send(message, True), Stream(te=None).send(message, True),
                   Stream(content_type="application/grpc+proto").send(message, True),
                   Stream(content_type="application/grpc;charset=x").send(message, True),
                   Stream(trace_bin="AAEC", grpc_timeout="99999999H").send(message, True)):
        http, fields, data = stream.answer()
        same((http, fields.get("grpc-status"), fields["content-type"]), ("200", "0", "application/grpc"), "answer")
        same(len(data), 5 + struct.unpack(">I", data[1:5])[0], "length")
        answer = pb.EmbedResponse.FromString(data[5:])
        same(packed(answer.embeddings), VECTORS[0], "vector")
    stream = Stream()
    for place in range(len(message)):
        stream.send(message[place:place + 1], place == len(message) - 1)
    same(status(stream), 0, "byte by byte")
    two = Stream("/tei.v1.Embed/EmbedStream").send(message + message[:3]).send(message[3:], True)
    _, fields, data = two.answer()
    same(fields["grpc-status"], "0", "two messages")
    size = 5 + struct.unpack(">I", data[1:5])[0]
    same(packed(pb.EmbedResponse.FromString(data[5:size]).embeddings), VECTORS[0], "first of two")
    same(packed(pb.EmbedResponse.FromString(data[size + 5:]).embeddings), VECTORS[0], "second of two")
    # Cut off, compressed, too long, no frame at all, too few, too many.
    same(status(Stream().send(message[:-1], True)), Code.INTERNAL.value[0], "cut")
    same(status(Stream().send(message[:3], True)), Code.INTERNAL.value[0], "cut header")
    same(status(Stream().send(framed(b"x", 1))), Code.UNIMPLEMENTED.value[0], "compressed")
    _, fields, _ = Stream().send(framed(b"x", 1)).answer()
    same(fields["grpc-accept-encoding"], "identity", "encodings")
    same(status(Stream().send(b"\x02")), Code.INTERNAL.value[0], "flag")
    same(status(Stream().send(struct.pack(">BI", 0, 0xFFFFFFFF))), Code.RESOURCE_EXHAUSTED.value[0], "too long")
    same(status(Stream().send(b"", True)), Code.INTERNAL.value[0], "empty")
    same(status(Stream().send(message + message, True)), Code.INTERNAL.value[0], "two for one")
    # What the HTTP request says.
    for timeout in ("", "1", "S", "123456789S", "-1S", "1x", "1.5S", "１S"):
        same(status(Stream(grpc_timeout=timeout)), Code.INVALID_ARGUMENT.value[0], f"timeout {timeout!r}")
    same(status(Stream(grpc_timeout="0n")), Code.DEADLINE_EXCEEDED.value[0], "no time")
    same(status(Stream(grpc_timeout="50m")), Code.DEADLINE_EXCEEDED.value[0], "a client that sends nothing")
    same(Stream(method="GET").answer()[0], "405", "GET")
    for kind in ("application/grpc-web", "application/grpc+json", "application/grpcx"):
        same(Stream(content_type=kind).answer()[0], "415", kind)
    for path in ("/", "/a", "//", "/tei.v1.Embed/", "/tei.v1.Embed/Embed/", "/tei.v1.Embed/Embed?x=1"):
        same(status(Stream(path)), Code.UNIMPLEMENTED.value[0], path)


def health():
    stub = health_pb2_grpc.HealthStub(channel)
    status = health_pb2.HealthCheckResponse
    for name in ("", "tei.v1.Embed", "grpc.health.v1.Health"):
        same(stub.Check(health_pb2.HealthCheckRequest(service=name)).status, status.SERVING, name)
    refused(lambda: stub.Check(health_pb2.HealthCheckRequest(service="x")), Code.NOT_FOUND, "x")
    same(next(stub.Watch(health_pb2.HealthCheckRequest(service="x"))).status, status.SERVICE_UNKNOWN, "unknown")
    same(len(stub.List(health_pb2.HealthListRequest()).statuses), 8, "list")
    watch = stub.Watch(health_pb2.HealthCheckRequest())
    same(next(watch).status, status.SERVING, "watched")
    busy = embed.Embed.future(request("#wait"))
    same(next(watch).status, status.NOT_SERVING, "watched")
    busy.cancel()
    same(next(watch).status, status.SERVING, "watched")
    watch.cancel()


def reflection():
    database = ProtoReflectionDescriptorDatabase(channel)
    same(sorted(database.get_services()), sorted(
        [f"tei.v1.{name}" for name in ("Info", "Embed", "Predict", "Rerank", "Tokenize")]
        + ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]), "services")
    pool = DescriptorPool(database)
    service = pool.FindServiceByName("tei.v1.Embed")
    same(sorted(method.name for method in service.methods),
         ["Embed", "EmbedAll", "EmbedAllStream", "EmbedSparse", "EmbedSparseStream", "EmbedStream"], "methods")
    kinds = [GetMessageClass(pool.FindMessageTypeByName(f"tei.v1.Embed{name}")) for name in ("Request", "Response")]
    call = channel.unary_unary("/tei.v1.Embed/Embed", kinds[0].SerializeToString, kinds[1].FromString)
    same(packed(call(kinds[0](inputs=TEXTS[1], normalize=True, truncate=True)).embeddings), VECTORS[1], "vector")
    same(database.FindFileByName("tei.proto").package, "tei.v1", "file")
    for name in ("x.Y", "tei.v1.Nothing"):
        try:
            database.FindFileContainingSymbol(name)
        except KeyError:
            continue
        raise SystemExit(f"{name} was found")


globals()[check]()
