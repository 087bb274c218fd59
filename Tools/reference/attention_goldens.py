#!/usr/bin/env python3
"""The attention maps that transformers computes for the small models of model_fixtures.py.

    python Tools/reference/attention_goldens.py

Writes for each model of FAMILIES

    NAME.safetensors  `maps.N`, float32 [layers, heads, tokens, tokens], for case N of its cases.json: after the softmax,
                      a row a query

below Tests/NeedletailModelsTests/AttentionMaps, for the cases whose maps are small.
"""

import json

import torch
from safetensors.torch import save_file
from transformers import AutoModel
from transformers.utils import logging

from model_fixtures import FIXTURES
from provenance import REPOSITORY, metadata

GOLDENS = REPOSITORY / "Tests/NeedletailModelsTests/AttentionMaps"
# One of each rule: positions from a table and after the padding id, a relative bias, windows with rotary positions, and
# scores with parts for distances: both, one, in buckets or not, with tables of their own, and beside a convolution.
FAMILIES = ("bert", "roberta", "distilbert", "mpnet", "modernbert", "deberta", "deberta-p2c", "deberta-v2",
            "deberta-v2-absolute", "deberta-v2-c2p", "deberta-v2-convolution", "deberta-v2-no-buckets",
            "deberta-v2-p2c")
LONGEST = 18
# The float32 maps must lie this close to the same model's computed in float64: a tenth of what they are tested with.
PRECISION = 1e-6
# A hundred times what they are tested with.
VISIBLE = 1e-3


def maps(model, case):
    ids = torch.tensor([case["ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "type_ids" in case:
        inputs["token_type_ids"] = torch.tensor([case["type_ids"]])
    with torch.inference_mode():
        output = model(**inputs, output_attentions=True)
    return torch.stack([layer[0] for layer in output.attentions])


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    GOLDENS.mkdir(exist_ok=True)
    for name in FAMILIES:
        folder = FIXTURES / name
        selected = json.loads((folder / "cases.json").read_text())["cases"]
        chosen = {i: case for i, case in enumerate(selected) if len(case["ids"]) <= LONGEST}
        model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        goldens = {index: maps(model, case) for index, case in chosen.items()}
        exact = AutoModel.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager").eval()
        gap = max((maps(exact, case) - goldens[index]).abs().max().item() for index, case in chosen.items())
        if gap > PRECISION:
            raise SystemExit(f"{name}: float32 is {gap} from float64")
        for golden in goldens.values():
            if (golden.sum(-1) - 1).abs().max() > PRECISION:
                raise SystemExit(f"{name}: a row does not add up to 1")
        # Even maps would not show a wrong scale, bias or rotation.
        widest = max(goldens.values(), key=lambda golden: golden.shape[-1])
        seen = (widest > 0).float()
        if (widest - seen / seen.sum(-1, keepdim=True)).abs().amax(-1).amin() < VISIBLE:
            raise SystemExit(f"{name}: a row is nearly even")
        tensors = {f"maps.{index}": golden.contiguous() for index, golden in goldens.items()}
        save_file(tensors, GOLDENS / f"{name}.safetensors", metadata=metadata(__file__, "transformers", "torch"))
        print(f"{name:22} {len(goldens):2} cases, {tuple(widest.shape)}, float32 within {gap:.1e} of float64, "
              f"{int((widest == 0).sum())} zeros")


if __name__ == "__main__":
    main()
