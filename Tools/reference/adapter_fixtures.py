#!/usr/bin/env python3
"""Low-rank adapters as PEFT saves them, for the models of model_fixtures.py, with the states that PEFT computes.

    python Tools/reference/adapter_fixtures.py

Each folder below Tests/NeedletailModelsTests/Adapters is one adapter as `save_pretrained` writes it, with

    cases.json          {"made_by", "base", "cases": [{"ids": [...]}, ...]}
    golden.safetensors  `states.N`, float32 [tokens, hidden], the last hidden state of case N with this adapter

`stacked.json` and `stacked.safetensors` hold what two adapters of bert give together, the second with half its weight.
"""

import json
import shutil
import zlib

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from transformers import AutoModel

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


def write(name, base, **options):
    folder = ADAPTERS / name
    shutil.rmtree(folder, ignore_errors=True)
    plain = AutoModel.from_pretrained(FIXTURES / base, dtype=torch.float32).eval()
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
    stacked()
    sentence()
