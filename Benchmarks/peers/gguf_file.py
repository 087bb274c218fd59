"""Writes a BERT folder as a file of llama.cpp: names and keys as its architecture `bert` expects them."""

import json
from pathlib import Path

MEAN_POOLING = 1
NORMAL, CONTROL = 1, 3
OUTSIDE = {
    "embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm"}
INSIDE = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm"}


def renamed(name):
    """The name of a tensor there, or None for what is not needed for embeddings."""
    module, _, kind = name.rpartition(".")
    if module in OUTSIDE:
        return f"{OUTSIDE[module]}.{kind}"
    parts = module.split(".", 3)
    if parts[:2] == ["encoder", "layer"]:
        return f"blk.{parts[2]}.{INSIDE[parts[3]]}.{kind}"
    return None


def vocabulary(model):
    """Words begin with a mark there, and pieces that continue a word begin with nothing."""
    ids = json.loads((Path(model) / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    tokens, kinds = [], []
    for token in sorted(ids, key=ids.get):
        special = token.startswith("[") and token.endswith("]") and len(token) > 2
        kinds.append(CONTROL if special else NORMAL)
        tokens.append(token if special else token[2:] if token.startswith("##") else "\u2581" + token)
    return ids, tokens, kinds


def write(path, model, kind):
    """`kind` is F32, or Q8_0 for the matrices of the layers and the table of tokens."""
    import gguf
    import numpy as np
    from safetensors.numpy import load_file

    config = json.loads((Path(model) / "config.json").read_text())
    ids, tokens, kinds = vocabulary(model)
    writer = gguf.GGUFWriter(str(path), "bert")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType(MEAN_POOLING))
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(ids["[UNK]"])
    writer.add_sep_token_id(ids["[SEP]"])
    writer.add_pad_token_id(ids["[PAD]"])
    writer.add_mask_token_id(ids["[MASK]"])
    for name, values in load_file(str(Path(model) / "model.safetensors")).items():
        target = renamed(name.removeprefix("bert."))
        if target is None:
            continue
        values = values.astype(np.float32)
        matrix = values.ndim == 2 and target not in ("position_embd.weight", "token_types.weight")
        if kind != "F32" and matrix:
            number = gguf.GGMLQuantizationType[kind]
            writer.add_tensor(target, gguf.quants.quantize(values, number), raw_dtype=number)
        else:
            writer.add_tensor(target, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
