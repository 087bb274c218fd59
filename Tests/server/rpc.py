"""The methods of tei.v1 give what the places of HTTP give, with real models of every kind."""

import sys
from pathlib import Path

import grpc
import numpy as np

from checks import check
from dialects import post

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Sources/NeedletailServer/GRPC"))
messages, services = grpc.protos_and_services("tei.proto")
QUERY, TEXTS = "which bird flies fastest", ["A swift in flight", "Größe 😀", "tea in a kettle"]


def channel(url):
    return grpc.insecure_channel(url.removeprefix("http://"))


def same(found, wanted):
    """The same numbers, to the bit."""
    found, wanted = np.asarray(found, dtype=np.float32), np.asarray(wanted, dtype=np.float32)
    assert found.tobytes() == wanted.tobytes(), (found, wanted)


@check
def rpc_embeds(context):
    with channel(context.url) as connection:
        stub = services.EmbedStub(connection)
        vectors = [stub.Embed(messages.EmbedRequest(inputs=text, truncate=True, normalize=True)) for text in TEXTS]
        same([vector.embeddings for vector in vectors], post(f"{context.url}/embed", {"inputs": TEXTS}))
        assert all(vector.metadata.compute_tokens > 2 for vector in vectors)
        for text in TEXTS:
            states = stub.EmbedAll(messages.EmbedAllRequest(inputs=text)).token_embeddings
            same([state.embeddings for state in states], post(f"{context.url}/embed_all", {"inputs": text})[0])


@check
def rpc_weighs_words(context):
    with channel(context.other) as connection:
        stub = services.EmbedStub(connection)
        for text in TEXTS:
            found = stub.EmbedSparse(messages.EmbedSparseRequest(inputs=text, truncate=True)).sparse_embeddings
            wanted = post(f"{context.other}/embed_sparse", {"inputs": text})[0]
            assert [one.index for one in found] == [one["index"] for one in wanted] and wanted
            same([one.value for one in found], [one["value"] for one in wanted])


@check
def rpc_gives_a_vector_a_token(context):
    """The metadata names the model."""
    with channel(context.other) as connection:
        found = services.EmbedStub(connection).EmbedAll(
            messages.EmbedAllRequest(inputs=TEXTS[0]), metadata=[("x-model-id", "tokens")]).token_embeddings
        wanted = post(f"{context.other}/embed_all", {"inputs": TEXTS[0], "model": "tokens"})[0]
        same([one.embeddings for one in found], wanted)


@check
def rpc_predicts(context):
    with channel(context.other) as connection:
        stub = services.PredictStub(connection)
        for raw in (False, True):
            found = stub.Predict(messages.PredictRequest(inputs=TEXTS[0], raw_scores=raw)).predictions
            same_labels(found, post(f"{context.other}/predict", {"inputs": TEXTS[0], "raw_scores": raw}))
            found = stub.PredictPair(messages.PredictPairRequest(inputs=TEXTS[:2], raw_scores=raw)).predictions
            same_labels(found, post(f"{context.other}/predict", {"inputs": TEXTS[:2], "raw_scores": raw}))


def same_labels(found, wanted):
    assert [one.label for one in found] == [one["label"] for one in wanted] and len(wanted) == 3, (found, wanted)
    same([one.score for one in found], [one["score"] for one in wanted])


@check
def rpc_reranks(context):
    body = {"query": QUERY, "texts": TEXTS, "return_text": True}
    wanted = post(f"{context.other}/rerank", body)
    with channel(context.other) as connection:
        stub = services.RerankStub(connection)
        parts = [messages.RerankStreamRequest(query=QUERY, text=text, return_text=True) for text in TEXTS]
        for answer in (stub.Rerank(messages.RerankRequest(**body)), stub.RerankStream(iter(parts))):
            found = [(one.index, one.text) for one in answer.ranks]
            assert found == [(one["index"], one["text"]) for one in wanted], (found, wanted)
            same([one.score for one in answer.ranks], [one["score"] for one in wanted])
