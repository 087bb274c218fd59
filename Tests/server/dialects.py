"""The places of the dialects, asked by plain requests: shapes of answers and of errors."""

import base64
import json
import socket
import time
from pathlib import Path

import numpy as np
import requests
from checks import check, close, same_bytes

TEXTS = ["A swift in flight", "The stock market fell.", "Zürich — 東京 😀", "", "a " * 400]
FIXTURES = Path(__file__).resolve().parents[1] / "NeedletailEmbeddingTests/Fixtures"


def post(url, body, status=200, **options):
    answer = requests.post(url, json=body, timeout=60, **options)
    assert answer.status_code == status, (answer.status_code, answer.text[:400])
    return answer.json()


def get(url, status=200):
    answer = requests.get(url, timeout=60)
    assert answer.status_code == status, (answer.status_code, answer.text[:400])
    return answer.json()


def tensors(path):
    """The tensors of a safetensors file of float32."""
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    return {
        name: np.frombuffer(data[8 + length:][slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


# Models


@check
def models_are_listed(context):
    models = get(f"{context.url}/v1/models")
    assert models["object"] == "list"
    first = models["data"][0]
    assert first["kind"] == "dense" and first["state"] == "loaded" and first["dimension"] == 384
    assert first["max_length"] == 256 and first["pooling"] == ["mean"] and first["normalizes"] is True
    assert first["precision"] == context.precision and first["architecture"] == "bert"
    assert first["parameters"] == 22713216 and first["labels"] == [] and first["warning"] is None
    assert get(f"{context.url}/v1/models/{first['id']}") == first
    error = get(f"{context.url}/v1/models/nothing", 404)["error"]
    assert error["code"] == "not_found" and error["type"] == "not_found_error"


@check
def models_are_loaded_and_unloaded(context):
    """A name with a slash stands in the path as it is or encoded."""
    for name in ["owner/reranker", "owner%2Freranker"]:
        assert post(f"{context.other}/v1/models/{name}/load", {})["state"] == "loaded"
        assert get(f"{context.other}/v1/models/{name}")["labels"] == ["LABEL_0"]
        post(f"{context.other}/v1/models/{name}/unload", {})
    kinds = {model["id"]: model["kind"] for model in get(f"{context.other}/v1/models")["data"]}
    assert kinds == {
        "owner/reranker": "cross_encoder", "labels": "classifier", "sparse": "sparse", "tokens": "multi_vector",
        "bundled": "dense"}, kinds


# Text Embeddings Inference


@check
def embed_gives_the_bytes_of_the_library(context):
    expected = context.vectors(TEXTS)
    same_bytes(post(f"{context.url}/embed", {"inputs": TEXTS, "truncate": True}), expected)
    for text, row in zip(TEXTS, expected):
        same_bytes(post(f"{context.url}/", {"inputs": text, "truncate": True}), row[None])


@check
def embed_cuts_at_either_side_and_to_dimensions(context):
    long = " ".join(f"word{n}" for n in range(400))
    right = post(f"{context.url}/embed", {"inputs": long, "truncate": True})
    left = post(f"{context.url}/embed", {"inputs": long, "truncate": True, "truncation_direction": "Left"})
    assert right != left
    refused = post(f"{context.url}/embed", {"inputs": long, "truncate": False}, 422)
    assert set(refused) == {"error", "error_type"} and "256" in refused["error"]
    same_bytes(
        post(f"{context.url}/embed", {"inputs": TEXTS[:2], "dimensions": 64}),
        context.vectors(TEXTS[:2], "--dimensions", "64"))
    post(f"{context.url}/embed", {"inputs": "a", "dimensions": 9999}, 422)


@check
def embed_all_gives_a_state_a_token(context):
    states = post(f"{context.url}/embed_all", {"inputs": TEXTS[:2]})
    tokens = post(f"{context.url}/tokenize", {"inputs": TEXTS[:2]})
    assert [len(text) for text in states] == [len(text) for text in tokens]
    mean = np.mean(np.float64(states[0]), axis=0)
    close(mean / np.linalg.norm(mean), context.vectors(TEXTS[:1])[0], 1e-6)


@check
def tokens_have_characters(context):
    text = "A Swïft 😀 flies"
    tokens = post(f"{context.url}/tokenize", {"inputs": text})[0]
    assert tokens[0] == {"id": 101, "text": "[CLS]", "special": True, "start": None, "stop": None}
    assert all(text[token["start"]:token["stop"]] == token["text"] for token in tokens if not token["special"])
    plain = post(f"{context.url}/tokenize", {"inputs": [text], "add_special_tokens": False})[0]
    assert plain == tokens[1:-1]
    ids = [token["id"] for token in tokens]
    assert post(f"{context.url}/decode", {"ids": ids})[0].startswith("a swift")
    both = post(f"{context.url}/decode", {"ids": [ids, ids[:2]], "skip_special_tokens": False})
    assert both[1] == "[CLS] a" and both[0].endswith("[SEP]")


@check
def similarity_is_the_cosine(context):
    body = {"inputs": {"source_sentence": TEXTS[0], "sentences": TEXTS[1:3]}}
    vectors = context.vectors(TEXTS[:3])
    close(post(f"{context.url}/similarity", body), vectors[1:] @ vectors[0], 1e-6)


@check
def info_says_what_is_served(context):
    info = get(f"{context.url}/info")
    assert info["model_type"] == {"embedding": {"pooling": "mean"}} and info["max_input_length"] == 256
    for key in ["model_id", "model_sha", "model_dtype", "max_concurrent_requests", "max_batch_tokens",
                "max_batch_requests", "max_client_batch_size", "auto_truncate", "tokenization_workers", "version", "sha",
                "docker_label"]:
        assert key in info, key
    assert get(f"{context.other}/info")["model_type"] == {
        "reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}}


@check
def rerank_gives_the_scores_of_sentence_transformers(context):
    """The sigmoid of the reference's logits, and the logits themselves."""
    pairs = json.loads((FIXTURES / "cross-encoders/pairs.json").read_text())["pairs"]
    expected = tensors(FIXTURES / "cross-encoders/bert-sigmoid.safetensors")["case.0"][:, 0]
    for (query, text), score in zip(pairs, expected):
        body = {"query": query, "texts": [text, text + " again"], "truncate": True, "return_text": True}
        ranks = {rank["index"]: rank for rank in post(f"{context.other}/rerank", body)}
        close(ranks[0]["score"], score, 2e-6)
        assert ranks[0]["text"] == text
        raw = post(f"{context.other}/rerank", {**body, "raw_scores": True, "return_text": False})
        logits = {rank["index"]: rank["score"] for rank in raw}
        close(1 / (1 + np.exp(-np.float64(logits[0]))), score, 2e-6)
        assert all("text" not in rank for rank in raw)
    ranks = post(f"{context.other}/rerank", {"query": pairs[0][0], "texts": [text for _, text in pairs]})
    assert [rank["score"] for rank in ranks] == sorted((rank["score"] for rank in ranks), reverse=True)


@check
def predict_gives_labels_best_first(context):
    pairs = json.loads((FIXTURES / "cross-encoders/pairs.json").read_text())["pairs"]
    known = tensors(FIXTURES / "cross-encoders/bert-three.safetensors")
    names = ["no", "perhaps", "yes"]
    answers = post(f"{context.other}/predict", {"inputs": pairs, "truncate": True})
    for answer, row in zip(answers, known["case.1"]):
        close([one["score"] for one in answer], np.sort(row)[::-1], 2e-6)
        assert answer[0]["label"] == names[int(np.argmax(row))]
    one = post(f"{context.other}/predict", {"inputs": pairs[0]})
    assert one == answers[0]
    logits = post(f"{context.other}/predict", {"inputs": [pairs[0]], "raw_scores": True})[0]
    probabilities = np.exp([entry["score"] for entry in logits])
    close(probabilities / probabilities.sum(), [entry["score"] for entry in one], 1e-6)
    assert len(post(f"{context.other}/predict", {"inputs": "one text"})) == 3


@check
def embed_sparse_gives_the_weights_of_sentence_transformers(context):
    description = json.loads((FIXTURES / "Sparse/splade-max.json").read_text())
    expected = tensors(FIXTURES / "Sparse/splade-max.safetensors")["case.0"]
    answers = post(f"{context.other}/embed_sparse", {"inputs": description["texts"], "truncate": True})
    found = np.zeros_like(expected)
    for row, answer in enumerate(answers):
        for entry in answer:
            found[row, entry["index"]] = entry["value"]
    close(found, expected, 2e-5)


@check
def wrong_requests_are_named(context):
    for path, body, status, part in [
        ("/embed", {}, 400, "inputs"), ("/embed", {"inputs": []}, 400, "inputs"),
        ("/embed", {"inputs": ["a", 3]}, 400, "inputs[1]"), ("/embed", {"inputs": "a", "truncate": 1}, 400, "truncate"),
        ("/embed", {"inputs": "a", "prompt_name": "nothing"}, 422, "nothing"),
        ("/similarity", {"inputs": "a"}, 400, "inputs"),
        ("/similarity", {"inputs": {"source_sentence": "a", "sentences": "b"}}, 400, "sentences"),
        ("/rerank", {"query": "a", "texts": ["b"]}, 422, "cross_encoder"),
        ("/predict", {"inputs": [["a", "b", "c"]]}, 400, "inputs[0]"), ("/decode", {"ids": ["a"]}, 400, "ids"),
        ("/embed", {"inputs": ["a"] * 3000}, 413, "limit"),
    ]:
        answer = post(f"{context.url}{path}", body, status)
        assert set(answer) == {"error", "error_type"} and part in answer["error"], (path, body, answer)


# Needletail's own


@check
def own_tokens(context):
    answer = post(f"{context.url}/v1/tokenize", {"input": ["Swift flies", "a " * 400]})
    first, long = answer["data"]
    assert first["count"] == 4 and first["kept"] == 4 and not first["truncated"] and first["limit"] == 256
    assert [first["text"][t["start"]:t["end"]] for t in first["tokens"] if not t["special"]] == ["Swift", "flies"]
    assert long["count"] == 402 == len(long["tokens"]) and long["kept"] == 256 and long["truncated"]
    whole = post(f"{context.url}/v1/tokenize", {"input": "a " * 400, "truncate": False})["data"][0]
    assert whole["kept"] == 402 and not whole["truncated"]


@check
def own_similarity(context):
    matrix = post(f"{context.url}/v1/similarity", {"input": TEXTS[:3]})["matrix"]
    vectors = context.vectors(TEXTS[:3])
    close(matrix, vectors @ vectors.T, 1e-6)


@check
def explanations_add_up(context):
    body = {"query": "what flies fast?", "text": "A swift in flight, 😀 indeed"}
    for url in [context.url, context.other]:
        answer = post(f"{url}/v1/explain", body)
        matrix = np.float64(answer["matrix"])
        assert answer["kind"] == "contributions"
        assert matrix.shape == (len(answer["query_tokens"]), len(answer["text_tokens"]))
        close(matrix.sum(), answer["score"], 2e-6)
        for token in answer["text_tokens"]:
            if not token["special"] and token["token"] != "[UNK]":
                assert body["text"][token["start"]:token["end"]].lower() == token["token"].removeprefix("##")
    pair = context.vectors([body["query"], body["text"]])
    close(post(f"{context.url}/v1/explain", body)["score"], pair[0] @ pair[1], 1e-6)


# Cohere, Jina, Ollama by hand; their own clients are in clients.py.


@check
def cohere_shapes(context):
    first = post(f"{context.url}/v1/embed", {"texts": TEXTS[:2]})
    assert first["response_type"] == "embeddings_floats"
    same_bytes(first["embeddings"], context.vectors(TEXTS[:2]))
    types = ["float", "int8", "uint8", "binary", "ubinary", "base64"]
    body = {"inputs": [{"content": [{"type": "text", "text": text}]} for text in TEXTS[:2]], "embedding_types": types}
    second = post(f"{context.url}/v2/embed", body)["embeddings"]
    vectors = context.vectors(TEXTS[:2])
    same_bytes(second["float"], vectors)
    same_bytes([np.frombuffer(base64.b64decode(row), "<f4") for row in second["base64"]], vectors)
    assert second["ubinary"] == np.packbits(vectors > 0, axis=-1).tolist()
    assert second["binary"] == (np.packbits(vectors > 0, axis=-1).astype(int) - 128).tolist()
    steps = np.clip(np.round(np.float64(vectors) * np.sqrt(vectors.shape[1]) / 6 * 127), -127, 127)
    close(second["int8"], steps, 1)
    assert np.mean(second["int8"] == steps) > 0.99
    assert second["uint8"] == (np.array(second["int8"]) + 128).tolist()
    refused = post(f"{context.url}/v2/embed", {"texts": ["a " * 400], "truncate": "NONE"}, 422)
    assert set(refused) == {"message"} and "256" in refused["message"]
    image = {"inputs": [{"content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]}
    assert "content[0]" in post(f"{context.url}/v2/embed", image, 422)["message"]


@check
def embeddings_of_jina(context):
    """Tasks choose prompts, types narrow the numbers, objects hold texts."""
    vectors = context.vectors(TEXTS[:2])
    body = {"input": [{"text": text} for text in TEXTS[:2]], "task": "retrieval.query"}
    same_bytes([row["embedding"] for row in post(f"{context.url}/v1/embeddings", body)["data"]], vectors)
    narrow = post(f"{context.url}/v1/embeddings", {**body, "embedding_type": "ubinary"})["data"]
    assert [row["embedding"] for row in narrow] == np.packbits(vectors > 0, axis=-1).tolist()
    refused = post(f"{context.url}/v1/embeddings", {**body, "encoding_format": "words"}, 400)["error"]
    assert refused["param"] == "encoding_format" and refused["type"] == "invalid_request_error"


@check
def rerank_of_jina(context):
    body = {"query": "swift", "documents": ["a", {"text": "b"}, "c"], "top_n": 2}
    answer = post(f"{context.other}/v1/rerank", body)
    assert len(answer["results"]) == 2 and answer["usage"]["total_tokens"] > 0
    assert all(result["document"]["text"] in "abc" for result in answer["results"])
    bare = post(f"{context.other}/v1/rerank", {**body, "return_documents": False})
    assert all("document" not in result for result in bare["results"])
    assert [result["index"] for result in bare["results"]] == [result["index"] for result in answer["results"]]
    assert post(f"{context.other}/rerank", body)["results"] == answer["results"]
    assert "detail" in post(f"{context.other}/v1/rerank", {"query": "q", "documents": []}, 400)
    short = {"query": "q", "documents": ["one two three four"], "max_tokens_per_doc": 2}
    same = {"query": "q", "documents": ["one two"]}
    assert post(f"{context.other}/v2/rerank", short)["meta"]["tokens"]["input_tokens"] <= post(
        f"{context.other}/v2/rerank", same)["meta"]["tokens"]["input_tokens"]


@check
def headers_say_what_it_took(context):
    answer = requests.post(f"{context.url}/embed", json={"inputs": ["Zürich", "a " * 400]}, timeout=60)
    headers = answer.headers
    assert headers["x-compute-characters"] == "806" and int(headers["x-compute-tokens"]) > 256
    assert headers["x-truncated"] == "1"
    for name in ["x-request-id", "x-total-time", "x-tokenization-time", "x-queue-time", "x-inference-time"]:
        assert name in headers


LONG = {"inputs": ["swift " * 250] * 2000}
"""Some ten seconds of work."""


@check
def work_ends_with_its_deadline(context):
    for path in ["/embed_all", "/embed"]:
        begun = time.monotonic()
        post(f"{context.url}{path}", LONG, 504, headers={"x-request-timeout": "0.5"})
        assert time.monotonic() - begun < 4


@check
def work_ends_where_the_client_goes_away(context):
    """No queue stands between these requests and the model; they are cancelled all the same."""
    def count():
        lines = requests.get(f"{context.url}/metrics", timeout=60).text.splitlines()
        name = 'needletail_requests_total{route="/embed_all",status="499"} '
        return next((int(line.removeprefix(name)) for line in lines if line.startswith(name)), 0)

    before = count()
    body = json.dumps(LONG).encode()
    host, port = context.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(b"POST /embed_all HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    time.sleep(0.5)
    connection.close()
    end = time.monotonic() + 4
    while count() == before and time.monotonic() < end:
        time.sleep(0.05)
    assert count() == before + 1
