#!/usr/bin/env python3
"""Random models of every family with sizes drawn from a seed, in the layout of model_fixtures.py.

    python Tools/reference/seeded_models.py FOLDER [--seed N] [--each 5] [--families bert,llama,...]

`make seeded-models SEED=N` writes them and runs the tests of token states on them.
"""

import argparse
import inspect
from pathlib import Path

import numpy as np
import torch
import transformers
from transformers.utils import logging

import model_fixtures as fixtures
import remote_models


def common(draw, even=False):
    heads = draw(1, 7)
    size = 2 * draw(1, 10) if even else draw(1, 20)
    return dict(vocab_size=draw(20, 300), hidden_size=heads * size, num_attention_heads=heads,
                num_hidden_layers=draw(1, 5), intermediate_size=draw(3, 90), max_position_embeddings=draw(20, 90),
                pad_token_id=0)


def grouped(draw, head_dim=True):
    keys = draw(1, 4)
    sizes = common(draw, even=True) | dict(
        num_key_value_heads=keys, num_attention_heads=keys * draw(1, 4), bos_token_id=1, eos_token_id=2)
    if head_dim:
        return sizes | dict(head_dim=2 * draw(1, 10), hidden_size=sizes["num_attention_heads"] * draw(1, 12))
    return sizes | dict(hidden_size=sizes["num_attention_heads"] * 4 * draw(1, 6))


def relative(draw):
    buckets = 4 * draw(1, 8)
    return dict(vocab_size=draw(20, 300), d_model=draw(3, 70), d_kv=draw(1, 20), d_ff=draw(3, 90), num_layers=draw(1, 5),
                num_heads=draw(1, 7), relative_attention_num_buckets=buckets,
                relative_attention_max_distance=buckets + draw(1, 60), pad_token_id=0,
                feed_forward_proj=("relu", "gated-gelu", "gated-silu")[draw(0, 2)])


def family(model, config, sizes, types=False, limit="max_position_embeddings", offset=0, **extra):
    return dict(model=model, config=config, sizes=sizes, types=types, limit=limit, offset=offset, extra=extra)


def remote(model, sizes, types=False, limit="max_position_embeddings", **extra):
    """A family of remote_models.py: its configuration is what `config.json` says."""
    return family(model, None, sizes, types, limit, **extra)


def latent(draw):
    text = grouped(draw) | dict(max_position_embeddings=90, model_type="bidir_mistral", sliding_window=draw(2, 30))
    size = text["hidden_size"]
    return dict(
        model_type="nvembed", vocab_size=text["vocab_size"], pad_token_id=0, text_config=text,
        latent_attention_config=dict(
            num_latents_value=draw(1, 40), num_cross_heads=draw(1, 5), cross_dim_head=draw(1, 20), hidden_dim=size,
            latent_dim=size))


def choose(*values):
    return lambda draw: values[draw(0, len(values) - 1)]


ROTARY = dict(rope_parameters=choose(
    {"rope_type": "default", "rope_theta": 500.0},
    {"rope_type": "linear", "factor": 2.5, "rope_theta": 10000.0},
    {"rope_type": "yarn", "factor": 3.0, "original_max_position_embeddings": 19, "rope_theta": 10000.0},
    {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 12, "rope_theta": 10000.0}))
DISTANCES = dict(
    relative_attention=choose(True, True, True, False), position_biased_input=choose(False, True),
    pos_att_type=choose(["c2p", "p2c"], "p2c|c2p", ["p2c"], ["c2p"], []), embedding_size=lambda draw: draw(3, 40),
    max_relative_positions=choose(-1, 10, 40, 150))
JINA = dict(model_type="bert", position_embedding_type="alibi", type_vocab_size=2, layer_norm_eps=1e-12,
            feed_forward_type=choose("geglu", "reglu"))
ACTIVATION = dict(hidden_act=choose("gelu", "gelu_new", "relu", "silu"))

FAMILIES = {
    "bert": family("BertModel", "BertConfig", common, types=True, **ACTIVATION),
    "roberta": family("RobertaModel", "RobertaConfig", common, offset=2, pad_token_id=1, type_vocab_size=1),
    "xlm-roberta": family("XLMRobertaModel", "XLMRobertaConfig", common, offset=2, pad_token_id=1, type_vocab_size=1),
    "camembert": family("CamembertModel", "CamembertConfig", common, offset=2, pad_token_id=1, type_vocab_size=1),
    "distilbert": family("DistilBertModel", "DistilBertConfig", lambda draw: (lambda s: dict(
        vocab_size=s["vocab_size"], dim=s["hidden_size"], n_heads=s["num_attention_heads"],
        n_layers=s["num_hidden_layers"], hidden_dim=s["intermediate_size"],
        max_position_embeddings=s["max_position_embeddings"], pad_token_id=0))(common(draw))),
    "mpnet": family("MPNetModel", "MPNetConfig", common, offset=2, pad_token_id=1,
                    relative_attention_num_buckets=32),
    "electra": family("ElectraModel", "ElectraConfig", common, types=True, embedding_size=lambda draw: draw(3, 40)),
    "albert": family("AlbertModel", "AlbertConfig", common, types=True, embedding_size=lambda draw: draw(3, 40)),
    "ernie": family("ErnieModel", "ErnieConfig", common, types=True, use_task_id=choose(False, True)),
    "bert-generation": family("BertGenerationEncoder", "BertGenerationConfig", common),
    "megatron-bert": family("MegatronBertModel", "MegatronBertConfig", common, types=True),
    "roberta-prelayernorm": family("RobertaPreLayerNormModel", "RobertaPreLayerNormConfig", common, offset=2,
                                   pad_token_id=1, type_vocab_size=1),
    "xlm-roberta-xl": family("XLMRobertaXLModel", "XLMRobertaXLConfig", common, offset=2, pad_token_id=1,
                             type_vocab_size=1),
    "modernbert": family("ModernBertModel", "ModernBertConfig", lambda draw: common(draw, even=True),
                         local_attention=lambda draw: 2 * draw(1, 12), attention_bias=choose(False, True),
                         mlp_bias=choose(False, True), norm_bias=choose(False, True), eos_token_id=1, bos_token_id=2,
                         cls_token_id=2, sep_token_id=1),
    "nomic_bert": family("NomicBertModel", "NomicBertConfig", lambda draw: common(draw, even=True), types=True),
    "gte": family("GteModel", "GteConfig", lambda draw: common(draw, even=True), type_vocab_size=choose(0, 1)),
    "jina_embeddings_v3": family("JinaEmbeddingsV3Model", "JinaEmbeddingsV3Config",
                                 lambda draw: common(draw, even=True), type_vocab_size=1),
    "eurobert": family("EuroBertModel", "EuroBertConfig", grouped, mask_token_id=4, **ROTARY),
    "t5": family("T5EncoderModel", "T5Config", relative, limit=None),
    "mt5": family("MT5EncoderModel", "MT5Config", relative, limit=None),
    "deberta-v2": family("DebertaV2Model", "DebertaV2Config", common, types=True, type_vocab_size=2, **DISTANCES,
                         position_buckets=choose(-1, 2, 3, 8, 16, 17), share_att_key=choose(False, True),
                         norm_rel_ebd=choose("none", "layer_norm"), conv_kernel_size=choose(0, 0, 1, 3, 5),
                         conv_act=choose("tanh", "gelu")),
    "deberta": family("DebertaModel", "DebertaConfig", common, types=True, type_vocab_size=2, **DISTANCES),
    "clip_text_model": family("CLIPTextModel", "CLIPTextConfig", common, projection_dim=9, bos_token_id=1,
                              eos_token_id=3),
    "llama": family("LlamaModel", "LlamaConfig", grouped, attention_bias=choose(False, True),
                    mlp_bias=choose(False, True), is_causal=choose(True, True, False), **ROTARY),
    "mistral": family("MistralModel", "MistralConfig", grouped, sliding_window=lambda draw: draw(2, 30), **ROTARY),
    "qwen2": family("Qwen2Model", "Qwen2Config", lambda draw: grouped(draw, head_dim=False),
                    use_sliding_window=choose(False, True), sliding_window=lambda draw: draw(2, 30),
                    max_window_layers=lambda draw: draw(0, 3), **ROTARY),
    "qwen3": family("Qwen3Model", "Qwen3Config", grouped, attention_bias=choose(False, True), **ROTARY),
    "gemma": family("GemmaModel", "GemmaConfig", grouped),
    "gemma2": family("Gemma2Model", "Gemma2Config", grouped, query_pre_attn_scalar=lambda draw: draw(2, 40),
                     sliding_window=lambda draw: draw(2, 30), attn_logit_softcapping=choose(2.0, 50.0)),
    "gemma3_text": family("Gemma3TextModel", "Gemma3TextConfig", grouped,
                          query_pre_attn_scalar=lambda draw: draw(2, 40), sliding_window=lambda draw: 2 * draw(1, 15),
                          use_bidirectional_attention=choose(False, True)),
    "phi": family("PhiModel", "PhiConfig", lambda draw: grouped(draw, head_dim=False),
                  partial_rotary_factor=choose(0.5, 1.0), qk_layernorm=choose(False, True)),
    "phi3": family("Phi3Model", "Phi3Config", lambda draw: grouped(draw, head_dim=False),
                   sliding_window=choose(None, 7)),
    "gpt2": family("GPT2Model", "GPT2Config", lambda draw: (lambda s: dict(
        vocab_size=s["vocab_size"], n_embd=s["hidden_size"], n_head=s["num_attention_heads"],
        n_layer=s["num_hidden_layers"], n_inner=s["intermediate_size"], n_positions=s["max_position_embeddings"],
        pad_token_id=0))(common(draw)), limit="n_positions"),
    "gpt_neox": family("GPTNeoXModel", "GPTNeoXConfig", lambda draw: common(draw, even=True) | dict(
        hidden_size=8 * draw(1, 3) * (heads := draw(1, 6)), num_attention_heads=heads),
        use_parallel_residual=choose(False, True)),
    "bloom": family("BloomModel", "BloomConfig", lambda draw: (lambda s: dict(
        vocab_size=s["vocab_size"], hidden_size=s["hidden_size"], n_head=s["num_attention_heads"],
        n_layer=s["num_hidden_layers"], seq_length=s["max_position_embeddings"], pad_token_id=0))(common(draw)),
        limit="seq_length"),
    "jina-bert-v2": remote("JinaBert", common, types=True, **JINA),
    "jina-bert-v2-qk-post-norm": remote("JinaBertPostNorm", common, types=True, **JINA),
    "ltg-bert": remote("LtgBert", common, layer_norm_eps=1e-7, position_bucket_size=choose(2, 3, 8, 9, 16, 17),
                       architectures=choose(["LtgBertForMaskedLM"], ["NorbertForMaskedLM"], ["LtgbertModel"])),
    "nvembed": remote("NVEmbed", latent, limit=None),
}


# Sizes at which rotation and rounding to 8 bits meet what they meet in real models, with the initial weights of
# transformers, whose scales are those of training.
REALISTIC = dict(hidden_size=256, num_attention_heads=4, num_hidden_layers=4, intermediate_size=640)
REALISTIC_KEYS = {
    "distilbert": dict(dim=256, n_heads=4, n_layers=4, hidden_dim=640),
    "gpt2": dict(n_embd=256, n_head=4, n_layer=4, n_inner=640),
    "bloom": dict(hidden_size=256, n_head=4, n_layer=4),
    "t5": dict(d_model=256, d_kv=64, num_heads=4, num_layers=4, d_ff=640),
    "mt5": dict(d_model=256, d_kv=64, num_heads=4, num_layers=4, d_ff=640),
    "nvembed": dict(
        vocab_size=100,
        text_config=REALISTIC | dict(vocab_size=100, num_key_value_heads=2, head_dim=64, max_position_embeddings=90,
                                     model_type="bidir_mistral"),
        latent_attention_config=dict(num_latents_value=64, num_cross_heads=4, cross_dim_head=256, hidden_dim=256,
                                     latent_dim=256)),
}


def realistic(name, rule, seed):
    rng = np.random.default_rng([seed, list(FAMILIES).index(name), 99])
    draw = lambda low, high: int(rng.integers(low, high + 1))
    sizes = rule["sizes"](draw)
    for key, value in rule["extra"].items():
        sizes[key] = value(draw) if inspect.isfunction(value) else value
    sizes |= REALISTIC_KEYS.get(name, REALISTIC)
    if "num_key_value_heads" in sizes:
        sizes["num_key_value_heads"] = 2
    if "head_dim" in sizes:
        sizes["head_dim"] = 64
    if "query_pre_attn_scalar" in sizes:
        # Released models have the size of a head here, or more. Less makes the scores of normalised queries so far apart
        # that one token takes all, and another where the last bits differ.
        sizes["query_pre_attn_scalar"] = 64
    if "embedding_size" in sizes:
        sizes["embedding_size"] = 128
    torch.manual_seed(seed)
    model = built(rule, sizes)
    if not rule["config"]:
        initialize(model)
    limit = sizes[rule["limit"]] - rule["offset"] if rule["limit"] else 90
    write(rule, f"realistic-{name}", model, sizes, cases(rng, sizes["vocab_size"], limit, rule["types"]), scale=0)


def built(rule, sizes):
    if not rule["config"]:
        return getattr(remote_models, rule["model"])(sizes)
    config = getattr(transformers, rule["config"])(**sizes)
    config._attn_implementation = "eager"
    return getattr(transformers, rule["model"])(config)


def initialize(model):
    """As transformers does it for BERT."""
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.02)
        elif name.endswith("bias"):
            torch.nn.init.zeros_(parameter)


def write(rule, name, model, sizes, selected, scale):
    folder = name.replace("_", "-")
    if rule["config"]:
        fixtures.write(folder, model, selected, strict=False, scale=scale)
    else:
        fixtures.write_remote(folder, model, sizes, selected, strict=False, scale=scale)


def cases(rng, vocabulary, limit, types):
    lengths = sorted({1, 2, limit, *(int(n) for n in rng.integers(1, limit + 1, 5))})
    out = []
    for length in lengths:
        # No padding ids: the references count positions by them or hide them.
        case = {"ids": rng.integers(5, vocabulary, length).tolist()}
        if types:
            case["type_ids"] = rng.integers(0, 2, length).tolist()
        out.append(case)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--families", type=lambda text: text.split(","), default=list(FAMILIES))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    fixtures.FIXTURES = options.folder
    for name in options.families:
        rule = FAMILIES[name]
        realistic(name, rule, options.seed)
        for number in range(options.each):
            rng = np.random.default_rng([options.seed, list(FAMILIES).index(name), number])
            draw = lambda low, high: int(rng.integers(low, high + 1))
            sizes = rule["sizes"](draw)
            for key, value in rule["extra"].items():
                sizes[key] = value(draw) if inspect.isfunction(value) else value
            limit = sizes[rule["limit"]] - rule["offset"] if rule["limit"] else 90
            model = built(rule, sizes)
            selected = cases(rng, sizes["vocab_size"], limit, rule["types"])
            folder = f"{name}-{options.seed}-{number}"
            # Some sizes magnify rounding so much that float32 itself does not hold what is tested: smaller weights then.
            for scale in (1.2, 0.9, 0.6, 0.3):
                try:
                    write(rule, folder, model, sizes, selected, scale)
                    break
                except SystemExit as error:
                    print(error)
            else:
                raise SystemExit(f"{folder}: no scale will do")


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    main()
