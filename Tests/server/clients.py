"""Asks a running server with the clients that others wrote, and compares with the library's own vectors.

    $(Tools/python-with Tools/server-requirements.txt) Tests/server/run.py

starts the servers that this needs and runs it; by hand:

    clients.py --url URL --other-url URL --program NEEDLETAIL --model FOLDER --precision int8

The first server serves FOLDER (all-MiniLM-L6-v2) in that precision, the other the models that run.py names, in float32.
The last line counts: "N passed, 0 failed".
"""

import argparse
import base64
import sys

import cohere
import numpy as np
import ollama
import openai
from checks import Context, check, close, run, same_bytes
from huggingface_hub import InferenceClient
from langchain_openai import OpenAIEmbeddings
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.embeddings.text_embeddings_inference import TextEmbeddingsInference

import dialects  # noqa: F401  The checks by plain requests.
import rpc  # noqa: F401  Those by gRPC.

TEXTS = ["A swift in flight", "The stock market fell.", "Zürich — 東京 😀"]


@check
def openai_embeddings(context):
    """The client asks for base64 where nobody says otherwise."""
    client = openai.OpenAI(base_url=f"{context.url}/v1", api_key="none", max_retries=0)
    expected = context.vectors(TEXTS)
    for format in [{}, {"encoding_format": "float"}, {"encoding_format": "base64"}]:
        answer = client.embeddings.create(model="minilm", input=TEXTS, **format)
        rows = [row.embedding for row in answer.data]
        if format.get("encoding_format") == "base64":
            rows = [np.frombuffer(base64.b64decode(row), "<f4") for row in rows]
        same_bytes(rows, expected)
        assert [row.index for row in answer.data] == [0, 1, 2]
        assert answer.usage.total_tokens == answer.usage.prompt_tokens > 0
    short = client.embeddings.create(model="minilm", input=TEXTS[0], dimensions=32)
    same_bytes([short.data[0].embedding], context.vectors(TEXTS[:1], "--dimensions", "32"))


@check
def openai_models(context):
    client = openai.OpenAI(base_url=f"{context.url}/v1", api_key="none", max_retries=0)
    assert [model.id for model in client.models.list()][0] == "minilm"
    assert client.models.retrieve("minilm").owned_by == "needletail"


@check
def openai_errors(context):
    client = openai.OpenAI(base_url=f"{context.url}/v1", api_key="none", max_retries=0)
    for body, kind, part in [
        ({"model": "other", "input": "a"}, openai.NotFoundError, "model"),
        ({"model": "minilm", "input": []}, openai.BadRequestError, "input"),
        ({"model": "minilm", "input": "a", "dimensions": 4096}, openai.UnprocessableEntityError, "dimensions"),
    ]:
        try:
            client.embeddings.create(**body)
            raise AssertionError(f"{body} was answered")
        except kind as error:
            assert part in str(error), error


@check
def langchain(context):
    client = OpenAIEmbeddings(
        model="minilm", base_url=f"{context.url}/v1", api_key="none", check_embedding_ctx_length=False)
    same_bytes(client.embed_documents(TEXTS), context.vectors(TEXTS))
    same_bytes([client.embed_query(TEXTS[0])], context.vectors(TEXTS[:1]))


@check
def llama_index_openai(context):
    client = OpenAIEmbedding(model_name="minilm", api_base=f"{context.url}/v1", api_key="none")
    same_bytes(client.get_text_embedding_batch(TEXTS), context.vectors(TEXTS))


@check
def llama_index_text_embeddings_inference(context):
    client = TextEmbeddingsInference(model_name="minilm", base_url=context.url, timeout=60)
    same_bytes(client.get_text_embedding_batch(TEXTS), context.vectors(TEXTS))
    same_bytes([client.get_text_embedding(TEXTS[0])], context.vectors(TEXTS[:1]))


@check
def hugging_face(context):
    client = InferenceClient(model=context.url)
    same_bytes(client.feature_extraction(TEXTS[0]), context.vectors(TEXTS[:1]))
    same_bytes(client.feature_extraction(TEXTS[0], normalize=True, truncate=True, truncation_direction="left"),
               context.vectors(TEXTS[:1]))
    vectors = context.vectors(TEXTS)
    close(client.sentence_similarity(TEXTS[0], TEXTS[1:]), vectors[1:] @ vectors[0], 1e-6)


@check
def hugging_face_classification(context):
    """The client takes the first of what it gets, which is the best label."""
    best = InferenceClient(model=f"{context.other}/predict").text_classification("one text")
    labels = dialects.post(f"{context.other}/predict", {"inputs": "one text"})
    assert best.label == labels[0]["label"]
    close(best.score, labels[0]["score"], 1e-9)


@check
def cohere_embed(context):
    expected = context.vectors(TEXTS)
    client = cohere.Client("none", base_url=context.url)
    answer = client.embed(texts=TEXTS, model="minilm", input_type="search_document")
    same_bytes(answer.embeddings, expected)
    typed = client.embed(texts=TEXTS, model="minilm", input_type="search_query", embedding_types=["float", "int8"])
    same_bytes(typed.embeddings.float_, expected)
    second = cohere.ClientV2("none", base_url=context.url)
    answer = second.embed(
        texts=TEXTS, model="minilm", input_type="clustering", embedding_types=["float", "ubinary", "base64"])
    same_bytes(answer.embeddings.float_, expected)
    assert answer.embeddings.ubinary == np.packbits(expected > 0, axis=-1).tolist()
    short = second.embed(
        texts=TEXTS, model="minilm", input_type="search_query", output_dimension=32, embedding_types=["float"])
    same_bytes(short.embeddings.float_, context.vectors(TEXTS, "--dimensions", "32"))


@check
def cohere_rerank(context):
    documents = ["The swift flies fast.", "a", "Swifts nest near the old church tower."]
    plain = dialects.post(f"{context.other}/rerank", {"query": "swift", "texts": documents})
    first = cohere.Client("none", base_url=context.other).rerank(
        query="swift", documents=documents, model="owner/reranker", top_n=2, return_documents=True)
    second = cohere.ClientV2("none", base_url=context.other).rerank(
        query="swift", documents=documents, model="owner/reranker", top_n=2)
    for answer in [first, second]:
        assert [result.index for result in answer.results] == [rank["index"] for rank in plain[:2]]
        close([result.relevance_score for result in answer.results], [rank["score"] for rank in plain[:2]], 0)
    assert first.results[0].document.text == documents[first.results[0].index]
    assert second.meta.billed_units.search_units == 1
    try:
        cohere.ClientV2("none", base_url=context.url).rerank(query="a", documents=["b"], model="minilm")
        raise AssertionError("a dense model reranked")
    except cohere.UnprocessableEntityError as error:
        assert "cross-encoder" in str(error)


@check
def ollama_embed(context):
    client = ollama.Client(host=context.url)
    expected = context.vectors(TEXTS)
    answer = client.embed(model="minilm", input=TEXTS)
    same_bytes(answer.embeddings, expected)
    assert answer.prompt_eval_count > 0 and answer.total_duration > 0 and answer.model == "minilm"
    same_bytes(client.embed(model="minilm:latest", input=TEXTS[0], truncate=True).embeddings, expected[:1])
    same_bytes([client.embeddings(model="minilm", prompt=TEXTS[0]).embedding], expected[:1])
    same_bytes(
        client.embed(model="minilm", input=TEXTS[0], dimensions=32).embeddings,
        context.vectors(TEXTS[:1], "--dimensions", "32"))


@check
def ollama_models(context):
    client = ollama.Client(host=context.url)
    model = client.list().models[0]
    assert model.model == "minilm:latest" and model.details.family == "bert" and model.size > 0
    shown = client.show("minilm:latest")
    assert shown.capabilities == ["embedding"] and shown.modelinfo["bert.embedding_length"] == 384
    try:
        client.embed(model="other", input="a")
        raise AssertionError("an unknown model embedded")
    except ollama.ResponseError as error:
        assert error.status_code == 404 and "other" in error.error


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--other-url", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--precision", default="int8")
    options = parser.parse_args()
    context = Context(options.url, options.other_url, options.program, options.model, options.precision)
    sys.exit(0 if run(context) else 1)
