#!/usr/bin/env python3
"""DeBERTa's disentangled attention as transformers computes it, on random queries, keys and values.

    python Tools/reference/disentangled_goldens.py

It writes into Tests/NeedletailTensorTests/Fixtures:

    disentangled.json         {"made_by", "buckets": [{"buckets", "farthest", "rows"}, ...], "cases": [...]}; `rows` are
                              the buckets of the distances 0, 1, 2, …, before any is clipped
    disentangled.safetensors  for case N: `projected.N` [tokens, 3 · features] (query, key and value of each token),
                              `queries.N` and `keys.N` [2 · span, features] (the tables of positions), `context.N` and
                              `exact.N` [tokens, features], the results computed in float32 and in float64

The module's own projections are replaced by ones that pick columns, so that its inputs are what they would have made.
"""

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import DebertaV2Config
from transformers.models.deberta_v2.modeling_deberta_v2 import DisentangledSelfAttention, make_log_bucket_position

from provenance import REPOSITORY, metadata, write_json

FIXTURES = REPOSITORY / "Tests/NeedletailTensorTests/Fixtures"
# Buckets and the farthest distance: as published, odd, the fewest, and where a logarithm's rounding could tell.
BUCKETS = [(256, 512), (256, 300), (32, 512), (32, 257), (16, 40), (8, 128), (9, 37), (7, 33), (4, 5), (3, 10), (2, 10)]
CASES = [
    dict(tokens=90, heads=3, size=12, types=["p2c", "c2p"], buckets=16, farthest=40),
    dict(tokens=150, heads=2, size=8, types=["p2c", "c2p"], buckets=32, farthest=128),
    dict(tokens=70, heads=3, size=7, types=["c2p", "p2c"], buckets=-1, farthest=20),
    dict(tokens=40, heads=1, size=20, types=["p2c", "c2p"], buckets=-1, farthest=64),
    dict(tokens=66, heads=2, size=5, types=["p2c"], buckets=9, farthest=37),
    dict(tokens=33, heads=2, size=16, types=["c2p"], buckets=-1, farthest=30),
    dict(tokens=129, heads=2, size=4, types=["c2p"], buckets=8, farthest=128),
    dict(tokens=21, heads=2, size=4, types=[], buckets=-1, farthest=8),
    dict(tokens=1, heads=2, size=4, types=["p2c", "c2p"], buckets=2, farthest=10),
]


class Pick(torch.nn.Module):
    """Some columns."""

    def __init__(self, first, end):
        super().__init__()
        self.first, self.end = first, end

    def forward(self, x):
        return x[..., self.first : self.end]


def attention(case):
    features = case["heads"] * case["size"]
    config = DebertaV2Config(
        hidden_size=features, num_attention_heads=case["heads"], relative_attention=True, share_att_key=True,
        position_buckets=case["buckets"], max_relative_positions=case["farthest"], pos_att_type=case["types"],
    )
    module = DisentangledSelfAttention(config).eval()
    module.query_proj, module.key_proj = Pick(0, features), Pick(features, 2 * features)
    module.value_proj = Pick(2 * features, 3 * features)
    return module


def numbers(rng, rows, columns):
    """Random numbers that float16 holds."""
    return torch.from_numpy(1.5 * rng.standard_normal((rows, columns))).half().float()


def context(case, projected, tables):
    mask = torch.ones(1, 1, case["tokens"], case["tokens"])
    with torch.inference_mode():
        return attention(case)(projected[None], mask, rel_embeddings=tables)[0][0]


def main():
    rng = np.random.default_rng(2021)
    tensors = {}
    for index, case in enumerate(CASES):
        features = case["heads"] * case["size"]
        span = case["buckets"] if case["buckets"] > 0 else case["farthest"]
        projected = numbers(rng, case["tokens"], 3 * features)
        tables = numbers(rng, 2 * span, 2 * features)
        found, exact = context(case, projected, tables), context(case, projected.double(), tables.double())
        gap = (found - exact).abs().max().item()
        if gap > 4e-6:
            raise SystemExit(f"case {index}: float32 is {gap} from float64")
        tensors |= {f"projected.{index}": projected.half(), f"context.{index}": found, f"exact.{index}": exact.float()}
        if "p2c" in case["types"]:
            tensors[f"queries.{index}"] = tables[:, :features].half()
        if "c2p" in case["types"]:
            tensors[f"keys.{index}"] = tables[:, features:].half()
        print(f"case {index}: float32 within {gap:.1e} of float64")
    rows = [
        {"buckets": buckets, "farthest": farthest, "rows": make_log_bucket_position(
            torch.arange(farthest + 9), buckets, farthest).long().tolist()}
        for buckets, farthest in BUCKETS
    ]
    origin = metadata(__file__, "transformers", "torch")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, FIXTURES / "disentangled.safetensors",
              metadata=origin)
    write_json(FIXTURES / "disentangled.json", origin | {"buckets": rows, "cases": CASES})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
