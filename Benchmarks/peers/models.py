"""The models every engine encodes with: the real MiniLM, and random ones of other sizes and families in the same folder
layout.

    python Benchmarks/peers/models.py [NAME...]      makes the random ones in the cache and prints their folders

Random weights have a fixed seed, so everybody measures the same ones. They are drawn wider than is usual for training:
with the usual deviation all texts get nearly the same vector, and comparing vectors would show nothing.
"""

import json
import shutil
import sys
from pathlib import Path

from places import CACHE

MINILM = CACHE / "models/all-MiniLM-L6-v2"
SEED, DEVIATION = 20, 0.06

# Layers, width, inner width, heads; the share of the texts, so that a large model does not take all day.
RANDOM = {
    "random-6x384": (6, 384, 1536, 12, 1.0), "random-12x768": (12, 768, 3072, 12, 0.125),
    # The shapes of ModernBERT-base and of Qwen3-0.6B, but for their vocabularies.
    "random-modernbert": (22, 768, 1152, 12, 0.125), "random-qwen3": (28, 1024, 3072, 16, 0.03)}
NAMES = ("minilm", *RANDOM)


def share(name):
    """The part of the texts that a model is measured on."""
    return RANDOM[name][4] if name in RANDOM else 1.0


def folder(name):
    """The folder of a model by its name, made if it is a random one; any other name is a folder already."""
    if name == "minilm":
        return MINILM
    if name not in RANDOM:
        return Path(name)
    path = CACHE / "peers/models" / name
    return path if path.exists() else make(name, path)


def make(name, path):
    import torch
    from transformers import BertConfig, BertModel, ModernBertConfig, ModernBertModel, Qwen3Config, Qwen3Model

    layers, width, inner, heads, _ = RANDOM[name]
    torch.manual_seed(SEED)
    sizes = dict(
        vocab_size=30522, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=inner)
    special = dict(pad_token_id=0, bos_token_id=101, eos_token_id=102)
    if name == "random-modernbert":
        model = ModernBertModel(ModernBertConfig(**sizes, **special, cls_token_id=101, sep_token_id=102))
    elif name == "random-qwen3":
        model = Qwen3Model(Qwen3Config(
            **sizes, **special, num_key_value_heads=8, head_dim=128, max_position_embeddings=8192))
    else:
        model = BertModel(BertConfig(**sizes, initializer_range=DEVIATION))
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model.save_pretrained(partial)
    for file in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "modules.json",
                 "sentence_bert_config.json", "config_sentence_transformers.json"):
        shutil.copyfile(MINILM / file, partial / file)
    pooling = json.loads((MINILM / "1_Pooling/config.json").read_text())
    pooling["word_embedding_dimension"] = width
    (partial / "1_Pooling").mkdir()
    (partial / "1_Pooling/config.json").write_text(json.dumps(pooling))
    partial.rename(path)
    return path


if __name__ == "__main__":
    for name in sys.argv[1:] or RANDOM:
        print(folder(name))
