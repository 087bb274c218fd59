#!/usr/bin/env python3
"""Low-rank adapters of models that are more than an encoder, with the scores and vectors that PEFT makes of them.

    python Tools/reference/head_adapter_fixtures.py [NAME...]

Each folder below Tests/NeedletailEmbeddingTests/Adapters/heads is one adapter, as PEFT saves it or as the `save` of a
sentence-transformers model with an adapter does; the base's path stands in its `adapter_config.json` as BASE. Beside it

    NAME.json          {"made_by", "base": a folder below Tests/NeedletailEmbeddingTests/Fixtures, "kind", "texts" or
                       "pairs"}
    NAME.safetensors   `scores`, float32 [pairs, labels], of the kind "pairs"; `vectors`, [texts, features], of "sparse";
                       `vectors.N`, [tokens, features], of "multi-vector"
"""

import json
import shutil
import sys
import zlib

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder, SparseEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.multi_vector_encoder import MultiVectorEncoder
from transformers import T5ForConditionalGeneration
from transformers.utils import logging

import cross_encoder_fixtures as pairs
from model_fixtures import SEED
from provenance import REPOSITORY, metadata, write_json

FIXTURES = REPOSITORY / "Tests/NeedletailEmbeddingTests/Fixtures"
ADAPTERS = REPOSITORY / "Tests/NeedletailEmbeddingTests/Adapters/heads"
PACKAGES = ("sentence-transformers", "transformers", "torch", "peft")
PAIRS = [pair for pair in pairs.PAIRS if pair[0] and pair[1]][:6]
TEXTS = ["A swift in flight", "Swifts sleep on the wing.", "What eats insects in summer?", ""]
VISIBLE = 1e-3


def fill(model, name):
    """Gives every weight of the adapter a value of its own, those that it replaces among them."""
    count = 0
    for path, parameter in model.named_parameters():
        if "lora_" in path or ".modules_to_save." in path:
            random = np.random.default_rng([SEED, zlib.crc32(f"{name} {path}".encode())])
            values = 0.15 * random.standard_normal(tuple(parameter.shape))
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(values.astype(np.float32)))
            count += 1
    if not count:
        raise SystemExit(f"{name}: nothing is adapted")


def finish(name, base, kind, about, before, tensors):
    folder = ADAPTERS / name
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "BASE"
    config["target_modules"] = sorted(config["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    gaps = [(before[key] - tensors[key]).abs().max().item() for key in tensors]
    if max(gaps) < VISIBLE:
        raise SystemExit(f"{name} changes nothing")
    origin = metadata(__file__, *PACKAGES)
    save_file({key: value.float().contiguous() for key, value in tensors.items()}, ADAPTERS / f"{name}.safetensors",
              metadata=origin)
    write_json(ADAPTERS / f"{name}.json", origin | {"base": base, "kind": kind} | about)
    print(f"{name:24} changes {max(gaps):.3f}")


def scores(model):
    return {"scores": torch.stack([
        model.predict([pair], convert_to_tensor=True, show_progress_bar=False)[0] for pair in PAIRS
    ]).reshape(len(PAIRS), -1)}


def sparse(model):
    return {"vectors": torch.stack([
        model.encode(text, convert_to_sparse_tensor=False, show_progress_bar=False) for text in TEXTS])}


def many(model):
    return {f"vectors.{index}": model.encode_document(text, show_progress_bar=False) for index, text in enumerate(TEXTS)}


KINDS = {"pairs": (CrossEncoder, scores, {"pairs": [list(pair) for pair in PAIRS]}),
         "sparse": (SparseEncoder, sparse, {"texts": TEXTS}), "multi-vector": (MultiVectorEncoder, many, {"texts": TEXTS})}


def write(name, base, kind, isFolder=False, **options):
    """An adapter of a model; with `isFolder` as the model's own `save` writes it, else as PEFT does."""
    folder = ADAPTERS / name
    shutil.rmtree(folder, ignore_errors=True)
    model_class, compute, about = KINDS[kind]
    model = model_class(str(FIXTURES / base), device="cpu", local_files_only=True)
    before = compute(model)
    config = LoraConfig(**options)
    if isFolder:
        model.add_adapter(config)
        fill(model, name)
    else:
        # Changed in place, so that the model around it computes with the adapter.
        inner = next(module.model for module in model.modules() if isinstance(module, Transformer))
        adapted = get_peft_model(inner, config).eval()
        fill(adapted, name)
    model.eval()
    tensors = compute(model)
    if isFolder:
        model.save(str(folder), create_model_card=False)
    else:
        adapted.save_pretrained(folder)
    finish(name, base, kind, about, before, tensors)


def asked():
    """An encoder-decoder that answers, with a head of its own."""
    name, base = "asked-t5", "cross-encoders/asked-t5-gated"
    folder = ADAPTERS / name
    shutil.rmtree(folder, ignore_errors=True)
    model = T5ForConditionalGeneration.from_pretrained(FIXTURES / base, dtype=torch.float32).eval()

    def compute():
        return {"scores": pairs.answers(
            model, pairs.piece_tokenizer(), pairs.DEFAULTS["T5"], lambda x: torch.softmax(x, -1), PAIRS, cuts=0)}

    before = compute()
    adapted = get_peft_model(model, LoraConfig(
        r=2, lora_alpha=3, task_type="SEQ_2_SEQ_LM", target_modules=["q", "v", "wo", "lm_head"])).eval()
    fill(adapted, name)
    tensors = compute()
    adapted.save_pretrained(folder)
    finish(name, base, "pairs", KINDS["pairs"][2], before, tensors)


PARTS = {
    # The classifier is trained with the adapter, and the pooler changed.
    "bert-classifier": lambda: write(
        "bert-classifier", "cross-encoders/bert-identity", "pairs", r=2, lora_alpha=3, task_type="SEQ_CLS",
        target_modules="all-linear"),
    "bert-pooler": lambda: write(
        "bert-pooler", "cross-encoders/bert-three", "pairs", isFolder=True, r=2, lora_alpha=3,
        target_modules=["query", "classifier"], modules_to_save=["pooler", "LayerNorm"]),
    "roberta-head": lambda: write(
        "roberta-head", "cross-encoders/xlm-roberta", "pairs", isFolder=True, r=2, lora_alpha=4,
        target_modules=["key", "classifier.dense", "out_proj"]),
    "modernbert-head": lambda: write(
        "modernbert-head", "cross-encoders/modernbert-mean", "pairs", r=2, lora_alpha=3, task_type="SEQ_CLS",
        target_modules="all-linear"),
    "qwen3-classifier": lambda: write(
        "qwen3-classifier", "cross-encoders/qwen3-classifier", "pairs", r=2, lora_alpha=3, task_type="SEQ_CLS",
        target_modules=["q_proj", "down_proj"]),
    "qwen3-answers": lambda: write(
        "qwen3-answers", "cross-encoders/answers-qwen3", "pairs", isFolder=True, r=2, lora_alpha=3,
        task_type="CAUSAL_LM", target_modules=["v_proj", "up_proj", "lm_head"]),
    "t5-classifier": lambda: write(
        "t5-classifier", "cross-encoders/t5-classifier", "pairs", r=2, lora_alpha=3, task_type="SEQ_CLS",
        target_modules="all-linear"),
    "asked-t5": asked,
    "splade": lambda: write(
        "splade", "Sparse/splade-max", "sparse", isFolder=True, r=2, lora_alpha=3,
        target_modules=["query", "output.dense", "transform.dense"]),
    "splade-whole": lambda: write(
        "splade-whole", "Sparse/splade-sum", "sparse", r=2, lora_alpha=3, target_modules=["value"],
        modules_to_save=["transform"]),
    # Its queries have weights of tokens.
    "splade-router": lambda: write(
        "splade-router", "Sparse/router", "sparse", r=2, lora_alpha=3, target_modules=["key", "transform.dense"]),
    # The head is tied to the table of words, and does not change with it.
    "splade-words": lambda: write(
        "splade-words", "Sparse/splade-max", "sparse", r=2, lora_alpha=3, target_modules=["word_embeddings", "query"]),
    "llama-words": lambda: write(
        "llama-words", "cross-encoders/answers-sigmoid", "pairs", r=2, lora_alpha=3,
        target_modules=["embed_tokens", "q_proj"]),
    "colbert": lambda: write(
        "colbert", "MultiVector/fixed", "multi-vector", isFolder=True, r=2, lora_alpha=3,
        target_modules=["query", "value"]),
    "pylate": lambda: write(
        "pylate", "MultiVector/pylate", "multi-vector", r=2, lora_alpha=3, target_modules=["key", "dense"]),
}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    ADAPTERS.mkdir(parents=True, exist_ok=True)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
