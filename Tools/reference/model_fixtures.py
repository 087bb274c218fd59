#!/usr/bin/env python3
"""Small random models of every family of transformers with the token states that transformers computes for them.

    python Tools/reference/model_fixtures.py [NAME...]

Each folder below Tests/NeedletailModelsTests/Fixtures is a Hugging Face folder as `save_pretrained` writes it, with

    cases.json          {"made_by", "cases": [{"ids": [...], "type_ids": [...]?}, ...]}
    golden.safetensors  `layers.N`, float32 [layers + 1, tokens, hidden], for case N: row 0 is the output of the
                        embeddings, the last row is the last hidden state

The sizes are unusual on purpose (heads of 4, 8 and 12 values, widths that are no multiple of 16), the weights are
scaled so that no layer is close to an identity, and no two families share a length limit.
"""

import json
import shutil
import sys
import zlib

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    AlbertModel,
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertForSequenceClassification,
    BertGenerationConfig,
    BertGenerationEncoder,
    BertModel,
    BloomConfig,
    BloomModel,
    BloomForCausalLM,
    CLIPTextConfig,
    CLIPTextModel,
    DebertaConfig,
    DebertaModel,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertModel,
    ElectraConfig,
    ElectraForPreTraining,
    ElectraModel,
    ErnieConfig,
    ErnieModel,
    EuroBertConfig,
    EuroBertModel,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma2Model,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    Gemma3TextModel,
    GemmaConfig,
    GemmaModel,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Model,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    GPTNeoXModel,
    GteConfig,
    GteForMaskedLM,
    GteModel,
    JinaEmbeddingsV3Config,
    JinaEmbeddingsV3Model,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    MegatronBertConfig,
    MegatronBertModel,
    MistralConfig,
    MistralForCausalLM,
    MistralModel,
    ModernBertConfig,
    MT5Config,
    MT5EncoderModel,
    Phi3Config,
    Phi3ForCausalLM,
    Phi3Model,
    PhiConfig,
    PhiForCausalLM,
    PhiModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2Model,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    T5ForConditionalGeneration,
    T5Model,
    ModernBertForMaskedLM,
    ModernBertModel,
    NomicBertConfig,
    NomicBertModel,
    MPNetConfig,
    MPNetForMaskedLM,
    MPNetModel,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaModel,
    RobertaPreLayerNormConfig,
    RobertaPreLayerNormModel,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaModel,
    XLMRobertaXLConfig,
    XLMRobertaXLModel,
)
from transformers.activations import ACT2FN
from transformers.utils import logging

import remote_models
from pickle_assembly import saved, saved_long_ago
from provenance import REPOSITORY, metadata, write_json

FIXTURES = REPOSITORY / "Tests/NeedletailModelsTests/Fixtures"
SEED = 20260
VOCABULARY = 99
LENGTHS = (1, 2, 3, 5, 8, 15, 16, 17, 31, 33)
# The float32 result must lie this close to the same model computed in float64, or the weights are scaled badly.
PRECISION = 2e-5
# Five times the tolerance that token states are tested with.
VISIBLE = 5e-4


def fill(model, scale=1.4):
    """Seeded values for every parameter, each from its own name, so that adding one changes no other."""
    for name, parameter in model.named_parameters():
        shape = tuple(parameter.shape)
        values = np.random.default_rng([SEED, zlib.crc32(name.encode())]).standard_normal(shape)
        if len(shape) == 1 and "gemma" in type(model).__name__.lower():
            values = 0.3 * values  # Gemma adds 1
        elif name.lower().replace("_", "").endswith(("layernorm.weight", "ln.weight")):
            values = 1 + 0.3 * values
        elif name.endswith("norm.weight") and "ModernBert" not in type(model).__name__ or (
                type(model).__name__ == "JinaBertPostNorm" and "layer_norm_" in name and name.endswith("weight")):
            values = 1 + 0.3 * values
        elif name.endswith("Attention.q.weight"):
            values = values * scale / np.sqrt(shape[-1] * model.config.d_kv)  # T5 does not scale its scores
        elif len(shape) == 1:
            values = 0.3 * values
        elif "embeddings" in name or "attention_bias" in name:
            values = 0.7 * values
        else:
            values = values * scale / np.sqrt(np.prod(shape[1:]) if ".conv." in name else shape[-1])
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values.astype(np.float32)))


def bert(**changes):
    sizes = dict(
        vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=3, intermediate_size=52,
        max_position_embeddings=40,
    )
    return BertConfig(**(sizes | changes))


def little_bert(**changes):
    """For variants of one thing: heads of 4 values, one layer."""
    sizes = dict(hidden_size=20, num_attention_heads=5, num_hidden_layers=1, intermediate_size=28)
    return bert(**(sizes | changes))


def roberta(config_class=RobertaConfig, **changes):
    sizes = dict(
        vocab_size=VOCABULARY, hidden_size=40, num_attention_heads=5, num_hidden_layers=2, intermediate_size=52,
        max_position_embeddings=46, type_vocab_size=1, layer_norm_eps=1e-5,
    )
    return config_class(**(sizes | changes))


def distilbert():
    return DistilBertConfig(
        vocab_size=VOCABULARY, dim=36, n_heads=3, n_layers=2, hidden_dim=52, max_position_embeddings=48,
    )


def mpnet(**changes):
    # Long enough for distances in the logarithmic buckets and in the last one, which starts at 128.
    sizes = dict(
        vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=2, intermediate_size=52,
        max_position_embeddings=152, relative_attention_num_buckets=32,
    )
    return MPNetConfig(**(sizes | changes))


def cases(limit, lengths=LENGTHS, types=False, special=()):
    """Random ids of each length up to the limit; `special` are further lists of ids."""
    rng = np.random.default_rng([SEED, limit])
    out = []
    for length in sorted({n for n in lengths if n <= limit} | {limit}):
        case = {"ids": rng.integers(5, VOCABULARY, length).tolist()}
        if types:
            case["type_ids"] = [0] * length
        out.append(case)
    if types:
        for length in (2, 9, 16):
            first = int(rng.integers(1, length))
            ids = rng.integers(0, VOCABULARY, length).tolist()
            out.append({"ids": ids, "type_ids": [0] * first + [1] * (length - first)})
        out.append({"ids": rng.integers(0, VOCABULARY, 6).tolist(), "type_ids": [1, 0, 1, 1, 0, 1]})
    return out + [{"ids": list(ids)} for ids in special]


def reset(model):
    """Dynamic scaling remembers the longest text until a short one comes."""
    with torch.inference_mode():
        model(torch.tensor([[5]]))


def states(model, case):
    if "dynamic" in str(getattr(model.config, "rope_parameters", "")):
        reset(model)
    ids = torch.tensor([case["ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "type_ids" in case:
        inputs["token_type_ids"] = torch.tensor([case["type_ids"]])
    with torch.inference_mode():
        output = model(**inputs, output_hidden_states=True)
    layers = torch.stack([layer[0] for layer in output.hidden_states])
    if not torch.equal(layers[-1], output.last_hidden_state[0]):
        if type(model).__name__ != "CLIPTextModel":
            raise SystemExit("the last layer is not the last hidden state")
        # CLIP's states are recorded before the last normalisation.
        layers = torch.cat([layers[:-1], output.last_hidden_state])
    return layers


def check_batch(model, selected, goldens, pad):
    """The reference itself must not depend on padding: one padded batch gives what each text gives alone.

    Where positions turn by the longest text of a batch, only those that turn alike may be together.
    """
    rope = getattr(model.config, "rope_parameters", None) or {}
    if limit := {"longrope": rope.get("original_max_position_embeddings"),
                 "dynamic": getattr(model.config, "max_position_embeddings", None)}.get(rope.get("rope_type")):
        reset(model)
        short = [row for row, case in enumerate(selected) if len(case["ids"]) <= limit]
        check_padded(model, [selected[row] for row in short], [goldens[row] for row in short], pad)
        if rope["rope_type"] == "dynamic":
            return
        long = [row for row in range(len(selected)) if row not in short]
        selected, goldens = [selected[row] for row in long], [goldens[row] for row in long]
    check_padded(model, selected, goldens, pad)


def check_padded(model, selected, goldens, pad):
    longest = max(len(case["ids"]) for case in selected)
    ids = torch.full((len(selected), longest), pad)
    mask = torch.zeros_like(ids)
    types = torch.zeros_like(ids)
    for row, case in enumerate(selected):
        n = len(case["ids"])
        ids[row, :n] = torch.tensor(case["ids"])
        mask[row, :n] = 1
        types[row, :n] = torch.tensor(case.get("type_ids", [0] * n))
    inputs = {"input_ids": ids, "attention_mask": mask}
    if any("type_ids" in case for case in selected):
        inputs["token_type_ids"] = types
    with torch.inference_mode():
        output = model(**inputs).last_hidden_state
    for row, golden in enumerate(goldens):
        gap = (output[row, : golden.shape[1]] - golden[-1]).abs().max().item()
        if gap > PRECISION:
            raise SystemExit(f"case {row} in a padded batch differs by {gap}")


def write_goldens(folder, model, selected, strict=True):
    model = model.eval().float()
    goldens = [states(model, case) for case in selected]
    exact = model.double()
    gap = max((states(exact, case) - golden).abs().max().item() for case, golden in zip(selected, goldens))
    if gap > (PRECISION if strict else 2 * PRECISION):
        raise SystemExit(f"{folder.name}: float32 is {gap} from float64")
    model.float()
    check_batch(model, selected, goldens, model.config.pad_token_id)
    origin = metadata(__file__, "transformers", "torch")
    tensors = {f"layers.{index}": golden.contiguous() for index, golden in enumerate(goldens)}
    save_file(tensors, folder / "golden.safetensors", metadata=origin)
    write_json(folder / "cases.json", origin | {"cases": selected})
    spread = goldens[-1][-1].std().item()
    print(f"{folder.name:28} {len(selected):2} cases, float32 within {gap:.1e} of float64, deviation {spread:.2f}")


def fresh(name):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def check_visible(folder, model_class, selected, ignored):
    """A reader that takes `ignored` for what the folder says must be found out by the goldens."""
    right = model_class.from_pretrained(folder, dtype=torch.float32)
    wrong = model_class.from_pretrained(folder, dtype=torch.float32, **ignored)
    gaps = [(states(right, case)[-1] - states(wrong, case)[-1]).abs().max().item() for case in selected]
    if max(gaps) < VISIBLE:
        raise SystemExit(f"{folder.name}: reading {ignored} instead changes only {max(gaps)}")


def write(name, model, selected, base=None, dtype=torch.float32, strict=True, scale=1.4, **options):
    """Saves `model` and the goldens of it, or of `base`, the encoder without heads that reads the same folder."""
    folder = fresh(name)
    if scale:
        fill(model, scale)
    model.to(dtype).save_pretrained(folder, **options)
    encoder = (base or type(model)).from_pretrained(folder, dtype=torch.float32)
    write_goldens(folder, encoder, selected, strict)
    return folder


def families():
    write("bert", BertModel(bert()), cases(40, types=True))
    # Padding ids inside a text (what a literal "<pad>" becomes) do not count as positions in these three families.
    padded = ([0, 1, 7, 1, 1, 9, 2], [1, 1, 5, 6], [7, 8, 1])
    write("roberta", RobertaModel(roberta()), cases(44, special=padded))
    write("xlm-roberta", XLMRobertaModel(roberta(XLMRobertaConfig, hidden_size=36, num_attention_heads=3)),
          cases(44, special=padded))
    write("roberta-padding-idx-3", RobertaModel(roberta(pad_token_id=3, hidden_size=20, num_hidden_layers=1)),
          cases(42, lengths=(1, 4), special=([0, 3, 7, 3, 1, 9, 2],)))
    write("distilbert", DistilBertModel(distilbert()), cases(48))
    # MPNet counts positions from 1, whatever its padding is.
    write("mpnet-other-padding", MPNetModel(mpnet(pad_token_id=0, num_hidden_layers=1)),
          cases(150, lengths=(1, 7), special=([0, 1, 7, 0, 1, 9, 2],)))
    write("mpnet", MPNetModel(mpnet()), cases(150, lengths=LENGTHS[:-1] + (40,), special=padded))


def relatives():
    padded = ([0, 1, 7, 1, 1, 9, 2], [1, 1, 5, 6], [7, 8, 1])
    sizes = dict(
        vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=3, intermediate_size=52,
        max_position_embeddings=40,
    )
    few = cases(40, lengths=(1, 7, 18), types=True)
    write("electra", ElectraModel(ElectraConfig(**sizes, embedding_size=20)), cases(40, types=True))
    write("electra-same-size", ElectraModel(ElectraConfig(**sizes, embedding_size=36)), few)
    write("electra-for-pretraining", ElectraForPreTraining(ElectraConfig(**sizes, embedding_size=20)), few,
          base=ElectraModel)
    albert = sizes | dict(num_hidden_layers=4, embedding_size=20)
    write("albert", AlbertModel(AlbertConfig(**albert)), cases(40, types=True))
    write("albert-same-size", AlbertModel(AlbertConfig(**(albert | dict(embedding_size=36)))), few)
    write("albert-two-groups", AlbertModel(AlbertConfig(**albert, num_hidden_groups=2)), few)
    write("albert-for-masked-lm", AlbertForMaskedLM(AlbertConfig(**albert, hidden_act="gelu")), few, base=AlbertModel)
    write("ernie", ErnieModel(ErnieConfig(**sizes)), cases(40, types=True))
    folder = write("ernie-with-tasks", ErnieModel(ErnieConfig(**sizes, use_task_id=True, task_type_vocab_size=5)), few)
    check_visible(folder, ErnieModel, few, {"use_task_id": False})
    write("bert-generation", BertGenerationEncoder(BertGenerationConfig(**sizes)), cases(40))
    write("megatron-bert", MegatronBertModel(MegatronBertConfig(**sizes)), cases(40, types=True))
    write("megatron-bert-no-layers", MegatronBertModel(MegatronBertConfig(**(sizes | dict(num_hidden_layers=0)))), few)
    offset = sizes | dict(max_position_embeddings=46, type_vocab_size=1, layer_norm_eps=1e-5)
    write("roberta-prelayernorm", RobertaPreLayerNormModel(RobertaPreLayerNormConfig(**offset)),
          cases(44, special=padded))
    modern = sizes | dict(num_hidden_layers=5, local_attention=8, max_position_embeddings=150, pad_token_id=0,
                          eos_token_id=1, bos_token_id=2, cls_token_id=2, sep_token_id=1)
    write("modernbert", ModernBertModel(ModernBertConfig(**modern)), cases(150, lengths=LENGTHS[:-1] + (40,)))
    write("nomic-bert", NomicBertModel(NomicBertConfig(**(sizes | dict(max_position_embeddings=70)))),
          cases(70, types=True))
    gte = sizes | dict(max_position_embeddings=80, pad_token_id=0)
    write("gte", GteModel(GteConfig(**gte, type_vocab_size=1)), cases(80))
    write("gte-without-segments", GteForMaskedLM(GteConfig(**gte, type_vocab_size=0)), cases(80, lengths=(1, 7, 18)),
          base=GteModel)
    # Saved as the first release called the weights unless asked otherwise: by the names inside transformers.
    few = cases(40, lengths=(1, 7, 18), types=True)
    write("nomic-bert-inner-names", NomicBertModel(NomicBertConfig(**sizes)), few, save_original_format=False)
    write("gte-inner-names", GteModel(GteConfig(**gte, type_vocab_size=1)), cases(80, lengths=(1, 7, 18)),
          save_original_format=False)
    biased = dict(attention_bias=True, mlp_bias=True, norm_bias=True, hidden_activation="silu", local_attention=5)
    folder = write("modernbert-with-biases", ModernBertForMaskedLM(ModernBertConfig(**(modern | biased))),
                   cases(150, lengths=(1, 7, 18)), base=ModernBertModel)
    check_visible(folder, ModernBertModel, cases(150, lengths=(1, 7, 18)), {"local_attention": 8})
    write("xlm-roberta-xl", XLMRobertaXLModel(XLMRobertaXLConfig(**offset)), cases(44, special=padded))


def write_language(folder, model_class, new=24, limit=None, **options):
    """Logits of a text, and what greedy search says after prompts of several lengths up to the limit.

        language.json                {"made_by", "logits_ids", "prompts", "generated"}
        golden-language.safetensors  `logits`, float32 [tokens, words]
    """
    model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
    rng = np.random.default_rng([SEED, 7])
    prompts, generated = [], []
    limit = limit or next(n for key in ("max_position_embeddings", "seq_length") if (n := getattr(model.config, key, None)))
    while len(prompts) < 4:
        # One prompt that ends where the model's texts end.
        length = (1, 6, 17, limit - 5)[len(prompts)]
        ids = torch.from_numpy(rng.integers(5, VOCABULARY, (1, length)))
        count = min(new, limit - length)
        reset(model)
        with torch.inference_mode():
            out = model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, do_sample=False, eos_token_id=None,
                pad_token_id=0, output_logits=True, return_dict_in_generate=True, **options)
        best = torch.cat(out.logits).topk(2).values
        out = out.sequences
        if (best[:, 0] - best[:, 1]).min() < 1e-3:
            continue  # too close to call
        prompts.append(ids[0].tolist())
        generated.append(out[0, length:].tolist())
    text = rng.integers(5, VOCABULARY, 19)
    reset(model)
    with torch.inference_mode():
        logits = model(torch.from_numpy(text)[None]).logits[0]
    origin = metadata(__file__, "transformers", "torch")
    save_file({"logits": logits.contiguous()}, folder / "golden-language.safetensors", metadata=origin)
    write_json(folder / "language.json", origin | {
        "logits_ids": text.tolist(), "prompts": prompts, "generated": generated})


def check_cache_counts(folder, model_class, use_cache):
    """With the other choice of a cache, greedy search must say something else."""
    model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
    expected = json.loads((folder / "language.json").read_text())
    for prompt, generated in zip(expected["prompts"], expected["generated"]):
        reset(model)
        ids = torch.tensor([prompt])
        out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=len(generated), do_sample=False,
                             eos_token_id=None, pad_token_id=0, use_cache=use_cache)
        if out[0, len(prompt):].tolist() != generated:
            return
    raise SystemExit(f"{folder.name}: a cache changes nothing")


LLAMA = dict(
    vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=6, num_key_value_heads=2, head_dim=12,
    num_hidden_layers=3, intermediate_size=52, max_position_embeddings=70, pad_token_id=0, bos_token_id=1,
    eos_token_id=2,
)


def decoders():
    """Decoders as embedders: the states of every layer."""
    all_cases, few = cases(70), cases(70, lengths=(1, 7, 18))
    write("llama", LlamaForCausalLM(LlamaConfig(**LLAMA)), all_cases, base=LlamaModel)
    write("llama-with-biases", LlamaModel(LlamaConfig(**(LLAMA | dict(attention_bias=True, mlp_bias=True)))), few)
    for name, rope in {
        "linear": {"rope_type": "linear", "factor": 3.0, "rope_theta": 10000.0},
        "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 16, "rope_theta": 1000.0},
        "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 18, "rope_theta": 1000.0,
                 "beta_fast": 2.0, "beta_slow": 0.5},
    }.items():
        folder = write(f"llama-rope-{name}", LlamaModel(LlamaConfig(**LLAMA, rope_parameters=rope)), few)
        check_visible(folder, LlamaModel, few, {"rope_parameters": {"rope_type": "default", "rope_theta": rope["rope_theta"]}})
    folder = write("mistral", MistralForCausalLM(MistralConfig(**LLAMA, sliding_window=9)), all_cases, base=MistralModel)
    check_visible(folder, MistralModel, few, {"sliding_window": 10})
    write("mistral-without-window", MistralModel(MistralConfig(**LLAMA, sliding_window=None)), few)
    both_ways = LlamaConfig(**LLAMA, is_causal=False)
    folder = write("llama-both-ways", LlamaModel(both_ways), few)
    check_visible(folder, LlamaModel, few, {"is_causal": True})
    folder = write("mistral-both-ways", MistralModel(MistralConfig(**LLAMA, sliding_window=5, is_causal=False)), few)
    check_visible(folder, MistralModel, few, {"sliding_window": 4})
    qwen2 = {key: value for key, value in LLAMA.items() if key != "head_dim"} | dict(hidden_size=72)
    write("qwen2", Qwen2ForCausalLM(Qwen2Config(**qwen2)), all_cases, base=Qwen2Model)
    windowed = dict(use_sliding_window=True, sliding_window=8, max_window_layers=1)
    folder = write("qwen2-with-window", Qwen2Model(Qwen2Config(**qwen2, **windowed)), few)
    check_visible(folder, Qwen2Model, few, {"sliding_window": 9})
    write("qwen3", Qwen3ForCausalLM(Qwen3Config(**LLAMA)), all_cases, base=Qwen3Model)
    write("gemma", GemmaModel(GemmaConfig(**LLAMA)), all_cases)
    gemma2 = LLAMA | dict(num_hidden_layers=4, query_pre_attn_scalar=20, sliding_window=7, attn_logit_softcapping=4.0)
    folder = write("gemma2", Gemma2ForCausalLM(eager(Gemma2Config(**gemma2))), all_cases, base=Gemma2Model)
    for ignored in ({"attn_logit_softcapping": None}, {"query_pre_attn_scalar": 12}, {"sliding_window": 8}):
        check_visible(folder, Gemma2Model, few, ignored)
    gemma3 = LLAMA | dict(num_hidden_layers=7, query_pre_attn_scalar=20, sliding_window=8)
    write("gemma3", Gemma3ForCausalLM(Gemma3TextConfig(**gemma3)), all_cases, base=Gemma3TextModel)
    folder = write("embedding-gemma", Gemma3TextModel(Gemma3TextConfig(**gemma3, use_bidirectional_attention=True)), all_cases)
    check_visible(folder, Gemma3TextModel, few, {"use_bidirectional_attention": False})
    phi = {key: value for key, value in LLAMA.items() if key != "head_dim"} | dict(hidden_size=72)
    write("phi", PhiForCausalLM(PhiConfig(**phi, partial_rotary_factor=0.5)), all_cases, base=PhiModel)
    write("phi-normalised-queries", PhiModel(PhiConfig(**phi, qk_layernorm=True)), few)
    write("phi3", Phi3ForCausalLM(Phi3Config(**(phi | dict(num_hidden_layers=2, sliding_window=11)))), all_cases, base=Phi3Model)
    gpt2 = dict(vocab_size=VOCABULARY, n_embd=36, n_layer=3, n_head=3, n_positions=40, bos_token_id=1, eos_token_id=2,
                pad_token_id=0)
    write("gpt2", GPT2LMHeadModel(GPT2Config(**gpt2)), cases(40), base=GPT2Model)
    write("gpt2-inner-size", GPT2Model(GPT2Config(**gpt2, n_inner=52)), cases(40, lengths=(1, 7, 18)))
    neox = dict(vocab_size=VOCABULARY, hidden_size=48, num_hidden_layers=3, num_attention_heads=3, intermediate_size=52,
                max_position_embeddings=70, bos_token_id=1, eos_token_id=2, pad_token_id=0)
    write("gpt-neox", GPTNeoXForCausalLM(GPTNeoXConfig(**neox)), all_cases, base=GPTNeoXModel)
    write("gpt-neox-sequential", GPTNeoXModel(GPTNeoXConfig(**neox, use_parallel_residual=False)), few)
    bloom = dict(vocab_size=VOCABULARY, hidden_size=36, n_layer=3, n_head=3, seq_length=70, bos_token_id=1,
                 eos_token_id=2, pad_token_id=0)
    write("bloom", BloomForCausalLM(BloomConfig(**bloom)), all_cases, base=BloomModel)
    for name, model_class in {
        "llama": LlamaForCausalLM, "mistral": MistralForCausalLM, "qwen2": Qwen2ForCausalLM, "qwen3": Qwen3ForCausalLM,
        "gemma2": Gemma2ForCausalLM, "gemma3": Gemma3ForCausalLM, "phi": PhiForCausalLM, "phi3": Phi3ForCausalLM,
        "gpt2": GPT2LMHeadModel, "gpt-neox": GPTNeoXForCausalLM, "bloom": BloomForCausalLM,
    }.items():
        write_language(FIXTURES / name, model_class)
    older_rope()


def growing_rope():
    """Positions that turn otherwise in texts that are longer than those of the training."""
    lengths = LENGTHS + (22, 23, 24, 25)
    phi = {key: value for key, value in LLAMA.items() if key != "head_dim"} | dict(
        hidden_size=72, num_hidden_layers=2, original_max_position_embeddings=23)
    factors = {"short_factor": [1.0, 1.05, 1.1, 1.3, 1.7, 2.2], "long_factor": [1.1, 1.6, 2.3, 3.1, 4.5, 5.5]}
    longrope = factors | {"rope_type": "longrope", "rope_theta": 1000.0}
    folder = write("phi3-longrope", Phi3ForCausalLM(Phi3Config(**phi, rope_parameters=dict(longrope))),
                   cases(70, lengths), base=Phi3Model)
    for ignored in ({"long_factor": factors["short_factor"]}, {"attention_factor": 1.0}):
        check_visible(folder, Phi3Model, cases(70, (24,)), {"rope_parameters": longrope | ignored})
    write_language(folder, Phi3ForCausalLM)
    # The keys of the first releases, and a part of a head that does not turn.
    folder = copied("phi3-longrope", "phi3-longrope-older-keys")
    for other in folder.glob("*language*"):
        other.unlink()
    config = json.loads((folder / "config.json").read_text())
    del config["rope_parameters"]
    config |= {"rope_theta": 500.0, "partial_rotary_factor": 0.5, "rope_scaling": {
        "type": "su", "original_max_position_embeddings": 23,
        **{key: value[:3] for key, value in factors.items()}}}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_goldens(folder, Phi3Model.from_pretrained(folder, dtype=torch.float32), cases(70, (1, 23, 24)))
    # Other families keep keys as they were turned when the text was short; the same texts without a cache do not.
    stated = longrope | {"original_max_position_embeddings": 23, "factor": 4.0, "attention_factor": 1.3}
    folder = write("llama-rope-longrope", LlamaForCausalLM(LlamaConfig(**LLAMA, rope_parameters=stated)),
                   cases(70, (1, 23, 24)), base=LlamaModel, scale=1.2)
    check_visible(folder, LlamaModel, cases(70, (24,)), {"rope_parameters": stated | {"attention_factor": None}})
    write_language(folder, LlamaForCausalLM, use_cache=False)
    check_cache_counts(folder, LlamaForCausalLM, use_cache=True)
    dynamic = {"rope_type": "dynamic", "factor": 3.0, "rope_theta": 1000.0}
    sizes = LLAMA | dict(max_position_embeddings=24)
    folder = write("llama-rope-dynamic", LlamaForCausalLM(LlamaConfig(**sizes, rope_parameters=dynamic)),
                   cases(72, lengths), base=LlamaModel, scale=1.2)
    check_visible(folder, LlamaModel, cases(72, ()), {"rope_parameters": dynamic | {"factor": 2.0}})
    write_language(folder, LlamaForCausalLM, limit=72)
    check_cache_counts(folder, LlamaForCausalLM, use_cache=False)


def older_rope():
    """The keys of rotary positions as checkpoints from before transformers 5 have them."""
    few = cases(70, lengths=(1, 7, 18))
    for name, base, model_class, keys in (
        ("llama-older-keys", "llama-rope-llama3", LlamaModel, ("rope_theta",)),
        ("gpt-neox-older-keys", "gpt-neox", GPTNeoXModel, ("rope_theta", "partial_rotary_factor")),
    ):
        folder = FIXTURES / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(FIXTURES / base, folder)
        for other in folder.glob("*language*"):
            other.unlink()
        config = json.loads((folder / "config.json").read_text())
        rope = config.pop("rope_parameters")
        if name.startswith("gpt-neox"):
            config |= {"rotary_emb_base": 500.0, "rotary_pct": 0.5}
        else:
            config["rope_theta"] = 2 * rope.pop("rope_theta")
            config["rope_scaling"] = rope
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        write_goldens(folder, model_class.from_pretrained(folder), few)


def eager(config):
    config._attn_implementation = "eager"
    return config


def write_first_decoder(folder, selected):
    """What T5's decoder gives for the padding token alone.

        first-decoder.safetensors  `vectors`, float32 [cases, hidden], the last hidden state of the only decoder token
    """
    model = T5Model.from_pretrained(folder, dtype=torch.float32).eval()

    def vectors(model):
        with torch.inference_mode():
            first = torch.tensor([[model.config.pad_token_id]])
            return torch.cat([
                model(input_ids=torch.tensor([case["ids"]]), decoder_input_ids=first).last_hidden_state[:, 0]
                for case in selected])

    golden = vectors(model)
    gap = (vectors(model.double()) - golden).abs().max().item()
    if gap > PRECISION:
        raise SystemExit(f"{folder.name}: float32 is {gap} from float64")
    if (golden[0] - golden[1]).abs().max().item() < VISIBLE:
        raise SystemExit(f"{folder.name}: the decoder does not see the text")
    save_file({"vectors": golden.float().contiguous()}, folder / "first-decoder.safetensors",
              metadata=metadata(__file__, "transformers", "torch"))


def others():
    """T5's encoder, CLIP's tower for texts, and encoders of Llama's kind."""
    t5 = dict(vocab_size=VOCABULARY, d_model=36, d_kv=10, d_ff=52, num_layers=3, num_heads=5, pad_token_id=0,
              relative_attention_num_buckets=12, relative_attention_max_distance=30)
    # Longer than the distance from which on all share a bucket.
    write("t5", T5EncoderModel(T5Config(**t5)), cases(90))
    write("t5-gated", T5EncoderModel(T5Config(**t5, feed_forward_proj="gated-gelu", tie_word_embeddings=False)),
          cases(90, lengths=(1, 7, 18)))
    few = cases(90, lengths=(1, 7, 18))
    folder = write("t5-with-decoder", T5ForConditionalGeneration(T5Config(**t5)), few, base=T5EncoderModel)
    write_first_decoder(folder, few)
    # As T5 1.1, with fewer layers after the encoder than in it.
    small = t5 | dict(d_model=20, d_ff=28, num_layers=2, num_decoder_layers=1, num_heads=3, d_kv=6, pad_token_id=3)
    folder = write("t5-gated-with-decoder", T5Model(T5Config(
        **small, feed_forward_proj="gated-gelu", tie_word_embeddings=False)), few, base=T5EncoderModel)
    write_first_decoder(folder, few)
    write("mt5", MT5EncoderModel(MT5Config(**t5)), cases(90, lengths=(1, 7, 18)))
    clip = dict(vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=3, intermediate_size=52,
                max_position_embeddings=40, projection_dim=20, pad_token_id=0, bos_token_id=1, eos_token_id=98)
    write("clip-text", CLIPTextModel(CLIPTextConfig(**clip)), cases(40))
    euro = {key: value for key, value in LLAMA.items()} | dict(mask_token_id=4)
    write("eurobert", EuroBertModel(EuroBertConfig(**euro)), cases(70))
    jina = dict(vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=3, intermediate_size=52,
                max_position_embeddings=70, type_vocab_size=1)
    write("jina-embeddings-v3", JinaEmbeddingsV3Model(JinaEmbeddingsV3Config(**jina)), cases(70))
    write("jina-embeddings-v3-inner-names", JinaEmbeddingsV3Model(JinaEmbeddingsV3Config(**jina)),
          cases(70, lengths=(1, 7, 18)), save_original_format=False)


def disentangled():
    """DeBERTa: distances in buckets or not, tables of their own or shared ones, one part of the scores or both."""
    sizes = dict(
        vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=2, intermediate_size=52,
        max_position_embeddings=90, layer_norm_eps=1e-5, relative_attention=True,
    )
    # As deberta-v3-base: 16 buckets end at distance 89, most of them are logarithmic.
    third = sizes | dict(share_att_key=True, position_buckets=16, norm_rel_ebd="layer_norm", max_relative_positions=-1,
                         position_biased_input=False, pos_att_type="p2c|c2p", type_vocab_size=0)
    lengths = (1, 2, 5, 16, 33)
    folder = write("deberta-v2", DebertaV2Model(DebertaV2Config(**third)), cases(90, lengths))
    for ignored in ({"max_relative_positions": 70}, {"norm_rel_ebd": "none"}, {"pos_att_type": ["c2p"]}):
        check_visible(folder, DebertaV2Model, cases(90, lengths), ignored)
    # The published folders have a string here; transformers writes a list.
    config = json.loads((folder / "config.json").read_text())
    if config["pos_att_type"] != ["p2c", "c2p"]:
        raise SystemExit("transformers wrote pos_att_type in another form")
    (folder / "config.json").write_text(json.dumps(config | {"pos_att_type": "p2c|c2p"}, indent=2) + "\n")
    few = dict(lengths=(1, 7, 18))
    small = sizes | dict(hidden_size=20, num_attention_heads=5, num_hidden_layers=1, intermediate_size=28)
    plain = small | dict(max_relative_positions=24, pos_att_type=["c2p", "p2c"], type_vocab_size=2, embedding_size=12)
    write("deberta-v2-no-buckets", DebertaV2ForMaskedLM(DebertaV2Config(**plain)), cases(90, types=True, **few),
          base=DebertaV2Model)
    write("deberta-v2-p2c", DebertaV2Model(DebertaV2Config(
        **small, pos_att_type=["p2c"], position_buckets=9, position_biased_input=False)), cases(90, **few))
    write("deberta-v2-c2p", DebertaV2Model(DebertaV2Config(
        **small, pos_att_type=["c2p"], share_att_key=True, norm_rel_ebd="layer_norm")), cases(90, **few))
    # Without relative attention the scale counts the parts all the same.
    absolute = small | dict(relative_attention=False, pos_att_type=["c2p", "p2c"])
    folder = write("deberta-v2-absolute", DebertaV2Model(DebertaV2Config(**absolute)), cases(90, **few))
    check_visible(folder, DebertaV2Model, cases(90, **few), {"pos_att_type": []})
    # As deberta-v2-xlarge: the first layer also sees what stands beside a token.
    folder = write("deberta-v2-convolution", DebertaV2Model(DebertaV2Config(
        **(third | dict(hidden_size=20, num_attention_heads=5, intermediate_size=28)), conv_kernel_size=3,
        conv_act="gelu")), cases(90, **few))
    check_visible(folder, DebertaV2Model, cases(90, **few), {"conv_act": "tanh"})
    first = sizes | dict(max_relative_positions=24, pos_att_type="c2p|p2c", position_biased_input=False)
    write("deberta", DebertaModel(DebertaConfig(**first)), cases(90, **few))
    write("deberta-p2c", DebertaModel(DebertaConfig(
        **small, pos_att_type=["p2c"], type_vocab_size=2, embedding_size=12)), cases(90, types=True, **few))


def remote():
    """Models whose code is published beside their weights; see remote_models.py for the references."""
    few = cases(40, lengths=(1, 7, 18), types=True)
    sizes = dict(vocab_size=VOCABULARY, type_vocab_size=2, pad_token_id=0)
    jina = sizes | dict(
        model_type="bert", position_embedding_type="alibi", feed_forward_type="geglu", hidden_size=36,
        num_attention_heads=3, num_hidden_layers=3, intermediate_size=52, max_position_embeddings=40,
        layer_norm_eps=1e-12, hidden_act="gelu")
    write_remote("jina-bert-v2", remote_models.JinaBert(jina), jina, cases(40, types=True))
    write_remote("jina-bert-v2-qk-post-norm", remote_models.JinaBertPostNorm(jina), jina, cases(40, types=True))
    # Their blocks are gated by what feed_forward_type says, whatever hidden_act is.
    other = jina | dict(feed_forward_type="reglu", num_hidden_layers=1)
    for name, model in (("jina-bert-v2-reglu", remote_models.JinaBert),
                        ("jina-bert-v2-qk-post-norm-reglu", remote_models.JinaBertPostNorm)):
        write_remote(name, model(other), other, few)
    nomic = sizes | dict(
        model_type="nomic_bert", n_embd=36, n_head=3, n_layer=4, n_inner=52, n_positions=40, layer_norm_epsilon=1e-12,
        activation_function="gelu", qkv_proj_bias=True, mlp_fc1_bias=True, mlp_fc2_bias=True, rotary_emb_base=10000,
        rotary_emb_fraction=1.0, rotary_emb_interleaved=False, prenorm=False, num_experts=5, moe_top_k=2,
        moe_every_n_layers=2)
    write_remote("nomic-bert-experts", remote_models.NomicWithExperts(nomic), nomic, cases(40, types=True))
    # NorBERT 3's configurations name no model_type; the others say "bert". Distances reach beyond the last bucket.
    ltg = dict(
        vocab_size=VOCABULARY, hidden_size=36, num_attention_heads=3, num_hidden_layers=3, intermediate_size=52,
        max_position_embeddings=60, position_bucket_size=16, layer_norm_eps=1e-7, pad_token_id=3)
    selected = cases(60, (1, 2, 5, 16, 33))
    for name, changes in {
        "norbert3": dict(architectures=["NorbertForMaskedLM"]),
        "ltg-bert": dict(architectures=["LtgBertForMaskedLM"], model_type="bert", position_bucket_size=9),
        "hplt-bert": dict(architectures=["LtgbertForMaskedLM"], model_type="", num_hidden_layers=1, hidden_act="relu"),
    }.items():
        config = ltg | changes
        # The decoder is the word table; some checkpoints hold it twice.
        left_out = () if name == "hplt-bert" else ("classifier.nonlinearity.5.weight",)
        right = remote_models.LtgBert(config)
        write_remote(name, right, config, selected, left_out=left_out)
        other = "LtgBert" if name == "norbert3" else "Norbert"
        wrong = remote_models.LtgBert(config | dict(architectures=[other + "ForMaskedLM"]))
        wrong.load_state_dict(right.state_dict())
        if name != "hplt-bert" and all((states(right, case)[-1] - states(wrong, case)[-1]).abs().max() < VISIBLE
                                       for case in selected):
            raise SystemExit(f"{name}: the order of heads in the rows of distances changes nothing")
    nv = dict(
        architectures=["NVEmbedModel"], model_type="nvembed", hidden_size=36, add_eos=True, is_mask_instruction=True,
        mask_type="b", padding_side="right", pad_token_id=2, vocab_size=VOCABULARY,
        text_config=LLAMA | dict(model_type="bidir_mistral", sliding_window=5, pad_token_id=None),
        latent_attention_config=dict(
            model_type="latent_attention", num_latents_value=7, num_cross_heads=3, cross_dim_head=5, hidden_dim=36,
            latent_dim=36, output_normalize=True))
    write_remote("nv-embed", remote_models.NVEmbed(nv), nv, cases(70))
    # The keys of the first release of NomicBERT, and GTE's scaling of rotary positions, around weights that are there.
    folder = copied("nomic-bert", "nomic-bert-before")
    config = json.loads((folder / "config.json").read_text())
    before = sizes | dict(
        model_type="nomic_bert", n_embd=config["hidden_size"], n_head=config["num_attention_heads"],
        n_layer=config["num_hidden_layers"], n_inner=config["intermediate_size"], n_positions=70,
        layer_norm_epsilon=1e-12, activation_function="swiglu", qkv_proj_bias=False, mlp_fc1_bias=False,
        mlp_fc2_bias=False, rotary_emb_base=1000, rotary_emb_fraction=1.0, prenorm=False)
    (folder / "config.json").write_text(json.dumps(before, indent=2) + "\n")
    write_goldens(folder, NomicBertModel.from_pretrained(FIXTURES / "nomic-bert"), few)
    folder = copied("gte", "gte-ntk")
    config = json.loads((folder / "config.json").read_text())
    del config["rope_parameters"]
    factor, base = 8.0, 500.0
    config |= {"rope_theta": base, "rope_scaling": {"type": "ntk", "factor": factor}}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model = GteModel.from_pretrained(FIXTURES / "gte")
    size = 2 * model.rotary_emb.inv_freq.shape[0]
    frequencies = 1 / (base * factor) ** (torch.arange(0, size, 2, dtype=torch.float) / size)
    model.rotary_emb.inv_freq = frequencies / factor ** (2 / size)
    write_goldens(folder, model, cases(80, lengths=(1, 7, 18)))


def copied(base, name):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FIXTURES / base, folder)
    return folder


def write_remote(name, model, config, selected, strict=True, scale=1.4, left_out=()):
    folder = fresh(name)
    if scale:
        fill(model, scale)
    tensors = {key: tensor.clone() for key, tensor in model.state_dict().items() if key not in left_out}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_goldens(folder, model, selected, strict)
    return folder


def variants():
    few = cases(40, lengths=(1, 7, 18), types=True)
    for activation in ("gelu_new", "gelu_pytorch_tanh", "relu", "silu"):
        folder = write(f"bert-{activation}", BertModel(little_bert(hidden_act=activation)), few)
        check_visible(folder, BertModel, few, {"hidden_act": "gelu"})
    folder = write("bert-layer-norm-eps", BertModel(little_bert(layer_norm_eps=0.05)), few)
    check_visible(folder, BertModel, few, {"layer_norm_eps": 1e-12})
    write("bert-three-types", BertModel(little_bert(type_vocab_size=3)),
          few + [{"ids": [5, 6, 7, 8], "type_ids": [2, 0, 1, 2]}])
    write("bert-float16", BertModel(little_bert()), few, dtype=torch.float16)
    write("bert-bfloat16", BertModel(little_bert()), few, dtype=torch.bfloat16)
    folder = write("bert-sharded", BertModel(little_bert()), few, max_shard_size="16KB")
    shards = sorted(path.name for path in folder.glob("model-*.safetensors"))
    if len(shards) != 2:
        raise SystemExit(f"expected two shards, got {shards}")


def checkpoints():
    """Weights as PyTorch saves them: in one file, in two with their index, and in the container from before 1.6."""
    few = cases(40, lengths=(1, 7, 18), types=True)
    model = BertModel(little_bert())
    fill(model)
    tensors = model.state_dict()
    names = list(tensors)
    parts = {f"pytorch_model-0000{number}-of-00002.bin": part
             for number, part in ((1, names[:len(names) // 2]), (2, names[len(names) // 2:]))}
    weights = {name: file for file, part in parts.items() for name in part}
    index = {"metadata": {"total_size": sum(tensor.nbytes for tensor in tensors.values())}, "weight_map": weights}
    for name, files in {
        "bert-checkpoint": {"pytorch_model.bin": saved(tensors)},
        "bert-checkpoint-older": {"pytorch_model.bin": saved_long_ago(tensors)},
        "bert-checkpoint-sharded": {file: saved({name: tensors[name] for name in part}) for file, part in parts.items()}
        | {"pytorch_model.bin.index.json": (json.dumps(index, indent=2) + "\n").encode()},
    }.items():
        folder = fresh(name)
        model.config.save_pretrained(folder)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        encoder = BertModel.from_pretrained(folder, dtype=torch.float32)
        if any(not torch.equal(tensor, tensors[key]) for key, tensor in encoder.state_dict().items()):
            raise SystemExit(f"{name}: transformers did not read the checkpoint")
        write_goldens(folder, encoder, few)


def heads():
    few = cases(40, lengths=(1, 7, 18))
    write("bert-for-pretraining", BertForPreTraining(little_bert()), few, base=BertModel)
    write("bert-for-masked-lm", BertForMaskedLM(little_bert()), few, base=BertModel)
    write("bert-for-classification", BertForSequenceClassification(little_bert()), few, base=BertModel)
    write("bert-no-pooler", BertModel(little_bert(), add_pooling_layer=False), few)
    small = dict(hidden_size=20, num_attention_heads=5, num_hidden_layers=1, intermediate_size=28)
    write("roberta-for-masked-lm", RobertaForMaskedLM(roberta(**small)), few, base=RobertaModel)
    write("xlm-roberta-for-masked-lm", XLMRobertaForMaskedLM(roberta(XLMRobertaConfig, **small)), few,
          base=XLMRobertaModel)
    write("distilbert-for-masked-lm", DistilBertForMaskedLM(distilbert()), few, base=DistilBertModel)
    write("mpnet-for-masked-lm", MPNetForMaskedLM(mpnet(**small)), few, base=MPNetModel)


def older():
    """The keys of ModernBERT's configuration as its first checkpoints have them."""
    name = "modernbert-older-keys"
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FIXTURES / "modernbert", folder)
    config = json.loads((folder / "config.json").read_text())
    rope = config.pop("rope_parameters")
    del config["layer_types"]
    config |= {"global_attn_every_n_layers": 2, "position_embedding_type": "absolute",
               "global_rope_theta": rope["full_attention"]["rope_theta"] / 2,
               "local_rope_theta": rope["sliding_attention"]["rope_theta"] / 4}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    selected = cases(150, lengths=(1, 7, 18))
    right, wrong = (ModernBertModel.from_pretrained(path) for path in (folder, FIXTURES / "modernbert"))
    if max((states(right, case)[-1] - states(wrong, case)[-1]).abs().max().item() for case in selected) < VISIBLE:
        raise SystemExit("the older keys change nothing")
    write_goldens(folder, right, selected)


def legacy():
    """The names and extra tensors of checkpoints from before 2021, as the widely used BERT weights still have them."""
    folder = fresh("bert-legacy-names")
    model = BertForPreTraining(little_bert())
    fill(model)
    model.save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in tensors.items()
    }
    renamed["bert.embeddings.position_ids"] = torch.arange(40).reshape(1, 40)
    save_file(renamed, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    kept = ("architectures attention_probs_dropout_prob hidden_act hidden_dropout_prob hidden_size initializer_range "
            "intermediate_size max_position_embeddings model_type num_attention_heads num_hidden_layers "
            "pad_token_id vocab_size type_vocab_size").split()
    config = {key: config[key] for key in kept}
    config["gradient_checkpointing"] = False
    config["torch_dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    encoder = BertModel.from_pretrained(folder)
    if any((a - b).abs().max() > 0 for a, b in zip(encoder.parameters(), model.bert.parameters())):
        raise SystemExit("transformers did not read the old names")
    write_goldens(folder, encoder, cases(40, lengths=(1, 7, 18)))


def refused():
    """Folders that a reader must refuse: computing them as if the key were absent gives wrong values."""
    rope = {"full_attention": {"rope_theta": 1e5, "rope_type": "proportional"}}
    for name, (base, changes) in {
        "refused-layers-per-group": ("albert", {"inner_group_num": 2}),
        "refused-uneven-groups": ("albert", {"num_hidden_groups": 3}),
        "refused-rope-type": ("modernbert", {"rope_parameters": rope}),
        "refused-rope-scaling": ("modernbert", {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}),
        "refused-position-attention": ("deberta-v2", {"pos_att_type": "c2p|p2p"}),
        "refused-convolution-groups": ("deberta-v2-convolution", {"conv_groups": 2}),
        "refused-even-convolution": ("deberta-v2-convolution", {"conv_kernel_size": 4}),
        "refused-talking-head": ("deberta", {"talking_head": True}),
        "refused-latents": ("nv-embed", {"latent_attention_config": {"latent_dim": 35, "hidden_dim": 36}}),
        "refused-many-latents": ("nv-embed", {"latent_attention_config": {
            "latent_dim": 36, "hidden_dim": 36, "num_latents_value": 65536}}),
        "refused-mask-type": ("nv-embed", {"mask_type": "c"}),
        "refused-latent-text": ("nv-embed", {"text_config": LLAMA | {"model_type": "llama"}}),
        "refused-feed-forward": ("jina-bert-v2", {"feed_forward_type": "original"}),
        "refused-layer-type": ("modernbert", {"layer_types": ["full_attention"] * 4 + ["chunked_attention"]}),
    }.items():
        folder = fresh(name)
        config = json.loads((FIXTURES / base / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes, indent=2) + "\n")
    for name, changes in {
        "refused-relative-key": {"position_embedding_type": "relative_key"},
        "refused-relative-key-query": {"position_embedding_type": "relative_key_query"},
        "refused-decoder": {"is_decoder": True},
        "refused-activation": {"hidden_act": "snake"},
        "refused-model-type": {"model_type": "nezha"},
    }.items():
        folder = fresh(name)
        config = json.loads((FIXTURES / "bert-relu/config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changes, indent=2) + "\n")
        shutil.copyfile(FIXTURES / "bert-relu/model.safetensors", folder / "model.safetensors")


def activations():
    names = ("gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "quick_gelu", "relu", "silu", "swish", "tanh",
             "sigmoid", "relu6", "mish")
    inputs = np.unique(np.concatenate([
        np.linspace(-12, 12, 241), np.array([0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 1e4, -1e4]),
    ]).astype(np.float32))
    values = torch.from_numpy(inputs.astype(np.float64))
    write_json(FIXTURES / "activations.json", metadata(__file__, "transformers", "torch") | {
        "inputs": [float(x) for x in inputs],
        "outputs": {name: ACT2FN[name](values).tolist() for name in names},
    })


PARTS = {part.__name__: part for part in (
    families, relatives, decoders, growing_rope, others, disentangled, remote, older, variants, checkpoints, heads,
    legacy, refused, activations)}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
