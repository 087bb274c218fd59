#!/usr/bin/env python3
"""What folders of embedding_fixtures.py, and the real all-MiniLM-L6-v2, compute layer by layer.

    python Tools/reference/layer_goldens.py [FOLDER]

FOLDER is that of all-MiniLM-L6-v2; without it the one that `make model` fetched. Writes NAME.safetensors below
Tests/NeedletailEmbeddingTests/Fixtures/layers, for text N of texts.json (of minilm/texts.jsonl for `minilm`):

    layers.N   float32 [layers + 1, tokens, hidden]: what transformers calls hidden_states
    maps.N     float32 [layers, heads, tokens, tokens]: what it calls attentions
    vectors.K  float32 [texts, dimension], the texts in the order of their numbers: what sentence-transformers computes
               from all modules when the encoder ends after layer K
"""

import json
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from transformers import AutoModel
from transformers.utils import logging

from embedding_fixtures import FIXTURES, PACKAGES
from provenance import metadata

# A default prompt, a dense layer and normalisation; a dense layer before pooling; the first token alone.
FOLDERS = {"layout-3": (0, 4, 15), "dense-on-tokens": (0, 4, 15), "pooling-cls": (0, 4, 15)}
MINILM_TEXTS = (5,)
# A reader that takes one layer for another must be found out.
VISIBLE = 1e-2


def goldens(path, texts):
    encoder = AutoModel.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
    model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
    prompt = model.prompts.get(model.default_prompt_name) or ""
    tensors = {}
    for number, text in texts.items():
        inputs = model.tokenizer([prompt + text], return_tensors="pt", truncation=True, max_length=model.max_seq_length)
        with torch.inference_mode():
            output = encoder(**inputs, output_hidden_states=True, output_attentions=True)
        layers = torch.stack([layer[0] for layer in output.hidden_states])
        if min((a - b).abs().max().item() for a, b in zip(layers, layers[1:])) < VISIBLE:
            raise SystemExit(f"{path}: two layers are alike")
        tensors[f"layers.{number}"] = layers.contiguous()
        tensors[f"maps.{number}"] = torch.stack([layer[0] for layer in output.attentions]).contiguous()
    bert = model[0].auto_model
    stack = bert.encoder.layer
    whole = model.encode(list(texts.values()), convert_to_tensor=True, show_progress_bar=False)
    for count in range(len(stack) + 1):
        bert.encoder.layer = stack[:count]
        rows = [model.encode(text, convert_to_tensor=True, show_progress_bar=False) for text in texts.values()]
        tensors[f"vectors.{count}"] = torch.stack(rows).float().contiguous()
    if (tensors[f"vectors.{len(stack)}"] - whole).abs().max() > 1e-5:
        raise SystemExit(f"{path}: all layers do not give the model's vectors")
    return tensors


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    output = FIXTURES / "layers"
    output.mkdir(exist_ok=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    minilm = Path(sys.argv[1]) if len(sys.argv) > 1 else cache / "needletail/models/all-MiniLM-L6-v2"
    texts = json.loads((FIXTURES / "texts.json").read_text())["texts"]
    rows = [json.loads(line)["text"] for line in (FIXTURES / "minilm/texts.jsonl").read_text().splitlines()]
    work = {name: (FIXTURES / name, {i: texts[i] for i in chosen}) for name, chosen in FOLDERS.items()}
    work["minilm"] = (minilm, {i: rows[i] for i in MINILM_TEXTS})
    for name, (path, chosen) in work.items():
        tensors = goldens(path, chosen)
        save_file(tensors, output / f"{name}.safetensors", metadata=metadata(__file__, *PACKAGES))
        print(f"{name:16} {sum(t.numel() * 4 for t in tensors.values())} bytes in {len(tensors)} tensors")


if __name__ == "__main__":
    main()
