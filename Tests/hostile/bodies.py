"""JSON bodies for the routes of the server: right ones, and those with something wrong."""

import json

TEXTS = [
    "a bird in the sky", "", " ", "naïve café 鳥 🐦", "x" * 2000, "\u0000", "\ufeff", "a\u0301" * 50, "[MASK] [SEP]",
    "e\u0301\u200d\ud83d\udc26".encode("utf-16", "surrogatepass").decode("utf-16"), "0" * 5000, "\n\r\t",
]
# Routes and a right body of each.
ROUTES = [
    ("/v1/embeddings", {"input": ["one", "two"], "encoding_format": "float"}),
    ("/v1/embeddings", {"input": "one", "encoding_format": "base64", "dimensions": 8}),
    ("/embed", {"inputs": ["one", "two"], "truncate": True, "normalize": False}),
    ("/embed_all", {"inputs": "one"}),
    ("/embed_sparse", {"inputs": "one"}),
    ("/predict", {"inputs": [["one", "two"]]}),
    ("/rerank", {"query": "one", "texts": ["two", "three"], "raw_scores": True, "return_text": True}),
    ("/similarity", {"inputs": {"source_sentence": "one", "sentences": ["two"]}}),
    ("/tokenize", {"inputs": "one", "add_special_tokens": True}),
    ("/decode", {"ids": [1, 2, 3], "skip_special_tokens": True}),
    ("/v1/rerank", {"query": "one", "documents": ["two"], "top_n": 1, "return_documents": True}),
    ("/v2/rerank", {"query": "one", "documents": ["two"], "top_n": 1}),
    ("/v1/embed", {"texts": ["one"], "input_type": "search_query"}),
    ("/v2/embed", {"texts": ["one"], "input_type": "search_document", "embedding_types": ["float", "int8"]}),
    ("/api/embed", {"model": "x", "input": ["one"], "options": {"num_ctx": 2}, "keep_alive": "5m"}),
    ("/api/embeddings", {"model": "x", "prompt": "one"}),
    ("/api/show", {"model": "x"}),
    ("/v1/tokenize", {"input": ["one"], "truncate": False}),
    ("/v1/similarity", {"input": ["one", "two", "three"], "prompt_name": "x"}),
    ("/v1/explain", {"query": "one", "text": "two"}),
    ("/v1/collections", {"name": "../x", "fields": ["text"], "metric": "cosine"}),
    ("/v1/collections/x/search", {"query": "one", "limit": 3, "where": "year >= 2020", "recall": 0.5}),
    ("/v1/collections/x/documents", {"documents": [{"id": "a", "text": "b", "metadata": {"k": [1]}, "vector": [1.0]}]}),
    ("/v1/collections/x/documents/delete", {"where": {"year": {"$gte": 1}}}),
    ("/", {"inputs": "one"}),
]
# Values that are not what is expected, as JSON.
ODD = [
    b"null", b"true", b"-1", b"0", b"1e999", b"-1e-999", b"9223372036854775808", b"-9223372036854775809",
    b"18446744073709551616", b"1" * 400, b"0.1" + b"0" * 400, b"1E+400000000", b"NaN", b"Infinity", b"01", b"+1", b".5",
    b'""', b"[]", b"{}", b"[[]]", b"[null]", b'[""]', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\\q"',
    b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\x00"', b'"\n"', b'"unended', b"[1,2",
    b'{"a":', b'{"a" 1}', b"[1,,2]", b"[1,]", b'{"a":1,}', b"'x'", b"// x", b"[" * 200, b"[" * 100_000,
    b'{"a":' * 5000, b"[" * 5000 + b"]" * 5000, b'["' + b"a" * 100_000 + b'"]', b"[" + b'"a",' * 3000 + b'"a"]',
    b"[" + b"1," * 20_000 + b"1]", b'[["a",' + b'"b"' + b"]]", b'[1,"a",null,{}]', b"[-1]", b"[4294967296]",
]


def right(random):
    """A route and a body that may well be answered with vectors."""
    route, body = random.choice(ROUTES)
    body = dict(body)
    for key in ("input", "inputs", "query", "text"):
        if isinstance(body.get(key), str):
            body[key] = random.choice(TEXTS)
    return route, json.dumps(body, ensure_ascii=random.random() < 0.5).encode("utf-8", "replace")


def wrong(random):
    """A route and a body with something wrong: a value, a key, some bytes, the end."""
    route, body = random.choice(ROUTES)
    kind = random.randrange(7)
    if kind == 0:
        return route, random.choice(ODD)
    if kind == 1:
        members = [(json.dumps(key).encode(), json.dumps(value).encode()) for key, value in body.items()]
        place = random.randrange(len(members))
        members[place] = (members[place][0], random.choice(ODD))
        return route, b"{" + b",".join(key + b":" + value for key, value in members) + b"}"
    data = json.dumps(body).encode()
    if kind == 2:
        key, value = random.choice(list(body)), random.choice(ODD)
        return route, data[:-1] + b"," + json.dumps(key).encode() + b":" + value + b"}"
    if kind == 3:
        return route, data[: random.randrange(len(data))]
    if kind == 4:
        return route, b"".join([random.choice([b"\xef\xbb\xbf", b" " * 10_000, b"\x00", b""]), data, random.choice(
            [b"x", b"{}", b"\x00", b" " * 10_000])])
    if kind == 5:
        key = random.choice(list(body))
        body = {**body, random.choice(["Input", key + "s", "", "\u0000", key * 500]): body[key]}
        body.pop(key)
        return route, json.dumps(body).encode()
    return route, mutated(random, data)


def mutated(random, data):
    """Bytes with some changed, added, removed or repeated."""
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 4, 16])):
        if not data:
            break
        place = random.randrange(len(data))
        kind = random.randrange(5)
        if kind == 0:
            data[place] ^= 1 << random.randrange(8)
        elif kind == 1:
            data[place] = random.randrange(256)
        elif kind == 2:
            del data[place : place + random.randrange(1, 9)]
        elif kind == 3:
            data[place:place] = bytes(random.randrange(256) for _ in range(random.randrange(1, 9)))
        else:
            data[place:place] = data[place : place + random.randrange(1, 33)] * random.choice([1, 2, 50])
    return bytes(data)
