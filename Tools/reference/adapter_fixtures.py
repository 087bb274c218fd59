#!/usr/bin/env python3
"""Low-rank adapters as PEFT saves them, for the models of model_fixtures.py, with the states that PEFT computes.

    python Tools/reference/adapter_fixtures.py

Each folder below Tests/NeedletailModelsTests/Adapters is one adapter as `save_pretrained` writes it, with

    cases.json          {"made_by", "base", "cases": [{"ids": [...]}, ...]}
    golden.safetensors  `states.N`, float32 [tokens, hidden], the last hidden state of case N with this adapter

The bases of those that end in "-modules" store their products otherwise than the modules that PEFT changes.
`stacked.json` and `stacked.safetensors` hold what two adapters of bert give together, the second with half its weight.
"""

import json
import shutil
import tempfile
import zlib

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from transformers import AutoModel, BertTokenizerFast, JinaEmbeddingsV3Config, JinaEmbeddingsV3Model, T5EncoderModel

from embedding_fixtures import fill as fill_model
from little_vocabulary import tokenizer, vocabulary
from model_fixtures import FIXTURES, SEED, VISIBLE, cases
from provenance import REPOSITORY, metadata, write_json

ADAPTERS = REPOSITORY / "Tests/NeedletailModelsTests/Adapters"
SELECTED = cases(40, lengths=(1, 7, 18))


def fill(model):
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            seed = [SEED, zlib.crc32(name.encode()) ^ zlib.crc32(model.tag.encode())]
            values = 0.15 * np.random.default_rng(seed).standard_normal(tuple(parameter.shape))
            with torch.no_grad():
                parameter.copy_(torch.from_numpy(values.astype(np.float32)))


def states(model, case):
    with torch.inference_mode():
        return model(input_ids=torch.tensor([case["ids"]])).last_hidden_state[0]


def name_base(folder, base):
    """Names the base by no path of this machine; the same file each time."""
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = base
    config["target_modules"] = sorted(config["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write(name, base, loader=AutoModel, **options):
    folder = ADAPTERS / name
    shutil.rmtree(folder, ignore_errors=True)
    plain = loader.from_pretrained(FIXTURES / base, dtype=torch.float32).eval()
    before = [states(plain, case) for case in SELECTED]
    model = get_peft_model(plain, LoraConfig(**options)).eval()
    model.tag = name
    fill(model)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    name_base(folder, base)
    goldens = [states(model, case) for case in SELECTED]
    if min((a - b).abs().max().item() for a, b in zip(before, goldens)) < VISIBLE:
        raise SystemExit(f"{name} changes nothing")
    origin = metadata(__file__, "transformers", "torch", "peft")
    save_file({f"states.{i}": g.contiguous() for i, g in enumerate(goldens)}, folder / "golden.safetensors",
              metadata=origin)
    write_json(folder / "cases.json", origin | {"base": base, "cases": SELECTED})


def stacked():
    model = AutoModel.from_pretrained(FIXTURES / "bert", dtype=torch.float32).eval()
    model = PeftModel.from_pretrained(model, ADAPTERS / "bert-attention", adapter_name="first")
    model.load_adapter(ADAPTERS / "bert-everything", adapter_name="second")
    model.add_weighted_adapter(["first", "second"], [1.0, 0.5], "both", combination_type="cat")
    model.set_adapter("both")
    model.eval()
    origin = metadata(__file__, "transformers", "torch", "peft")
    tensors = {f"states.{i}": states(model, case).contiguous() for i, case in enumerate(SELECTED)}
    save_file(tensors, ADAPTERS / "stacked.safetensors", metadata=origin)
    write_json(ADAPTERS / "stacked.json", origin | {"adapters": ["bert-attention", "bert-everything"],
                                                    "weights": [1.0, 0.5]})


def sentence():
    """An adapter inside a folder of sentence-transformers, and what it makes of the vectors.

    Tests/NeedletailEmbeddingTests/Adapters/sentence is what `SentenceTransformer.save` writes; its base is the fixture
    "cased" beside it, whose path the test fills in.
    """
    fixtures = REPOSITORY / "Tests/NeedletailEmbeddingTests/Fixtures"
    folder = REPOSITORY / "Tests/NeedletailEmbeddingTests/Adapters/sentence"
    shutil.rmtree(folder, ignore_errors=True)
    model = SentenceTransformer(str(fixtures / "cased"), device="cpu")
    texts = ["A swift in flight", "Swifts sleep on the wing.", ""]
    before = model.encode(texts)
    model.add_adapter(LoraConfig(r=2, lora_alpha=3, target_modules=["query", "value"]))
    model.tag = "sentence"
    fill(model)
    vectors = model.encode(texts)
    if np.abs(vectors - before).max() < VISIBLE:
        raise SystemExit("the adapter changes nothing")
    model.save(str(folder), create_model_card=False)
    name_base(folder, "BASE")
    origin = metadata(__file__, "sentence-transformers", "transformers", "torch", "peft")
    save_file({"vectors": torch.from_numpy(vectors)}, folder.parent / "sentence.safetensors", metadata=origin)
    write_json(folder.parent / "sentence.json", origin | {"texts": texts, "base": "cased"})


TASKS = ("retrieval_query", "retrieval_passage", "separation")


def tasks():
    """A folder as jina-embeddings-v3-hf: a model, and beside its weights an adapter for each task in a folder of its own.

    Tests/NeedletailEmbeddingTests/Adapters/tasks is the folder, tasks.json and tasks.safetensors beside it have what
    sentence-transformers makes of the texts with some adapters active: `case.N` is float32 [texts, dimension] of case N,
    {"uses": [[name, weight], ...]}.
    """
    folder = REPOSITORY / "Tests/NeedletailEmbeddingTests/Adapters/tasks"
    shutil.rmtree(folder, ignore_errors=True)
    config = JinaEmbeddingsV3Config(
        vocab_size=len(vocabulary()), hidden_size=24, num_attention_heads=2, num_hidden_layers=2, intermediate_size=28,
        max_position_embeddings=40, type_vocab_size=1, pad_token_id=0)
    with tempfile.TemporaryDirectory() as plain:
        encoder = fill_model(JinaEmbeddingsV3Model(config)).eval()
        encoder.save_pretrained(plain)
        BertTokenizerFast(tokenizer_object=tokenizer(True), model_max_length=40).save_pretrained(plain)
        model = SentenceTransformer(modules=[Transformer(plain), Pooling(24, "mean"), Normalize()], device="cpu")
        model.save(str(folder), create_model_card=False)
        targets = ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2", "word_embeddings", "token_type_embeddings"]
        for rank, name in enumerate(TASKS, 1):
            tuned = get_peft_model(AutoModel.from_pretrained(plain), LoraConfig(
                r=rank, lora_alpha=3, use_rslora=rank == 2, target_modules=targets, alpha_pattern={"fc1": 5},
                rank_pattern={"o_proj": 3}))
            tuned.tag = name
            fill(tuned)
            tuned.save_pretrained(folder / name)
            (folder / name / "README.md").unlink(missing_ok=True)
            name_base(folder / name, "jina-embeddings-v3-hf")
    texts = ["A swift in flight", "Swifts sleep on the wing.", "", "swift " * 50]
    model = SentenceTransformer(str(folder), device="cpu")
    results = [([], model.encode(texts, batch_size=1))]
    for name in TASKS:
        model.load_adapter(str(folder), adapter_name=name, adapter_kwargs={"subfolder": name})
    for uses in ([(TASKS[0], 1.0)], [(TASKS[1], 1.0)], [(TASKS[2], 0.5)], [(TASKS[0], 1.0), (TASKS[1], -0.75)],
                 [(TASKS[1], 0.25), (TASKS[2], 1.0), (TASKS[0], 0.5)]):
        model.set_adapter([name for name, _ in uses])
        for module in model.modules():
            if isinstance(module, LoraLayer):
                for name, weight in uses:
                    module.set_scale(name, weight)
        model.eval()
        results.append((uses, model.encode(texts, batch_size=1)))
    for i, (_, one) in enumerate(results):
        if min((np.abs(one - other).max() for _, other in results[:i]), default=1) < VISIBLE:
            raise SystemExit(f"case {i} is as another")
    origin = metadata(__file__, "sentence-transformers", "transformers", "torch", "peft")
    save_file({f"case.{i}": torch.from_numpy(one) for i, (_, one) in enumerate(results)},
              folder.parent / "tasks.safetensors", metadata=origin)
    write_json(folder.parent / "tasks.json", origin | {"texts": texts, "cases": [{"uses": uses} for uses, _ in results]})


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("bert-attention", "bert", r=3, lora_alpha=5, target_modules=["query", "value"])
    write("bert-everything", "bert", r=4, lora_alpha=6, use_rslora=True,
          target_modules=["query", "key", "value", "dense", "word_embeddings"], alpha_pattern={"key": 11},
          rank_pattern={"value": 2})
    # It fits bert-bfloat16 as well.
    write("bert-float16", "bert-float16", r=2, lora_alpha=3,
          target_modules=["query", "dense", "word_embeddings"])
    write("gpt2", "gpt2", r=2, lora_alpha=4, target_modules=["c_attn", "c_proj"])
    write("llama", "llama", r=2, lora_alpha=4, target_modules="all-linear")
    write("gemma2", "gemma2", r=2, lora_alpha=4, target_modules="all-linear")
    write("gpt-neox", "gpt-neox", r=2, lora_alpha=4, target_modules=["query_key_value", "dense_h_to_4h"])
    write("albert", "albert", r=2, lora_alpha=4, target_modules=[
        "query", "value", "ffn", "ffn_output", "embedding_hidden_mapping_in", "word_embeddings", "position_embeddings",
        "token_type_embeddings"])
    write("t5", "t5", T5EncoderModel, r=2, lora_alpha=4, target_modules=["q", "v", "wi", "wo"])
    write("gte-modules", "gte", r=2, lora_alpha=4, target_modules=["q_proj", "v_proj", "gate_proj", "up_proj"])
    write("jina-modules", "jina-embeddings-v3", r=2, lora_alpha=4, target_modules="all-linear")
    write("deberta-v2", "deberta-v2", r=2, lora_alpha=4, target_modules=["query_proj", "value_proj"])
    write("deberta-v2-values", "deberta-v2", r=2, lora_alpha=4, target_modules=["value_proj"])
    stacked()
    sentence()
    tasks()
