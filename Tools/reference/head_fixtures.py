#!/usr/bin/env python3
"""Small random models with heads and the logits that transformers computes with them.

    python Tools/reference/head_fixtures.py [FAMILY...]

Each folder below Tests/NeedletailModelsTests/Fixtures/heads is a Hugging Face folder as `save_pretrained` writes it, with

    cases.json          {"made_by", "task", "labels", "problem_type", "cases": [{"ids": [...], "type_ids": [...]?}, ...]}
    golden.safetensors  `outputs.N`, float32 [rows, outputs], for case N: a row a text (`task` "sequence" and "pooler") or
                        a row a token ("token", "question": start and end, "discriminator")

The folder's name is that of the family and of the head. `labels` are `id2label` as transformers reads it.
"""

import json
import shutil
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import PretrainedConfig
from transformers.utils import logging

import remote_models
from model_fixtures import FIXTURES as MODELS
from model_fixtures import PRECISION, SEED, VISIBLE, fill
from provenance import metadata, write_json

FIXTURES = MODELS / "heads"
VOCABULARY = 31
LENGTHS = (1, 2, 3, 5, 8, 13, 16, 17)
SIZES = dict(
    vocab_size=VOCABULARY, hidden_size=20, num_attention_heads=5, num_hidden_layers=1, intermediate_size=28,
    max_position_embeddings=24,
)
DECODER = SIZES | dict(num_key_value_heads=5, bos_token_id=1, eos_token_id=2, pad_token_id=0)
RELATIVE = dict(
    vocab_size=VOCABULARY, d_model=20, d_kv=6, d_ff=28, num_layers=1, num_decoder_layers=2, num_heads=3,
    relative_attention_num_buckets=6, relative_attention_max_distance=10, decoder_start_token_id=0,
    n_positions=24,
)
OFFSET = SIZES | dict(max_position_embeddings=26, type_vocab_size=1, layer_norm_eps=1e-5)
TAGS = ("O", "B-BIRD", "I-BIRD", "B-PLACE", "I-PLACE")
SEVERAL = ("contradiction", "entailment", "neutral")
SUFFIXES = {
    "sequence": "ForSequenceClassification", "token": "ForTokenClassification", "question": "ForQuestionAnswering",
    "discriminator": "ForPreTraining", "pooler": "Model",
}

# Each family: what its classes begin with, its configuration's values, whether it has segments, its further heads.
FAMILIES = {
    "bert": ("Bert", SIZES, True, ("question", "pooler")),
    "roberta": ("Roberta", OFFSET, False, ("question", "pooler")),
    "xlm-roberta": ("XLMRoberta", OFFSET, False, ("question", "pooler")),
    "camembert": ("Camembert", OFFSET, False, ("question", "pooler")),
    "distilbert": ("DistilBert", dict(
        vocab_size=VOCABULARY, dim=20, n_heads=5, n_layers=1, hidden_dim=28, max_position_embeddings=24,
    ), False, ("question",)),
    "mpnet": ("MPNet", {key: value for key, value in OFFSET.items() if key != "type_vocab_size"}, False,
              ("question", "pooler")),
    "electra": ("Electra", SIZES | dict(embedding_size=12), True, ("question", "discriminator")),
    "albert": ("Albert", SIZES | dict(embedding_size=12), True, ("question", "pooler")),
    "ernie": ("Ernie", SIZES, True, ("question", "pooler")),
    "megatron-bert": ("MegatronBert", SIZES, True, ("question", "pooler")),
    "roberta-prelayernorm": ("RobertaPreLayerNorm", OFFSET, False, ("question", "pooler")),
    "xlm-roberta-xl": ("XLMRobertaXL", OFFSET, False, ("question", "pooler")),
    "modernbert": ("ModernBert", SIZES | dict(
        num_hidden_layers=2, local_attention=8, pad_token_id=0, eos_token_id=1, bos_token_id=2, cls_token_id=2,
        sep_token_id=1,
    ), False, ("question",)),
    "nomic-bert": ("NomicBert", SIZES, True, ("pooler",)),
    "gte": ("Gte", SIZES | dict(pad_token_id=0, type_vocab_size=1), False, ("pooler",)),
    "deberta-v2": ("DebertaV2", SIZES | dict(
        position_biased_input=False, pos_att_type=["p2c", "c2p"], relative_attention=True, position_buckets=6,
        norm_rel_ebd="layer_norm", share_att_key=True, max_relative_positions=-1, type_vocab_size=0,
    ), False, ("question",)),
    "deberta": ("Deberta", SIZES | dict(
        relative_attention=True, max_relative_positions=9, pos_att_type=["c2p", "p2c"], position_biased_input=False,
        type_vocab_size=0,
    ), False, ("question",)),
    "ltg-bert": ("LtgBert", SIZES | dict(
        model_type="bert", position_bucket_size=5, layer_norm_eps=1e-7, pad_token_id=3,
    ), False, ("question",)),
    "eurobert": ("EuroBert", DECODER | dict(mask_token_id=4), False, ()),
    "jina-embeddings-v3": ("JinaEmbeddingsV3", SIZES | dict(type_vocab_size=1), False, ("question", "pooler")),
    "llama": ("Llama", DECODER, False, ()),
    "mistral": ("Mistral", DECODER | dict(sliding_window=7), False, ()),
    "qwen2": ("Qwen2", DECODER, False, ()),
    "qwen3": ("Qwen3", DECODER | dict(head_dim=8), False, ()),
    "gemma": ("Gemma", DECODER | dict(head_dim=8), False, ()),
    "gemma2": ("Gemma2", DECODER | dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=7), False, ()),
    "gemma3": ("Gemma3Text", DECODER | dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=7), False, ()),
    "phi": ("Phi", DECODER, False, ()),
    "phi3": ("Phi3", DECODER, False, ()),
    "gpt2": ("GPT2", dict(
        vocab_size=VOCABULARY, n_embd=20, n_head=5, n_layer=1, n_inner=28, n_positions=24, bos_token_id=1,
        eos_token_id=2, pad_token_id=0,
    ), False, ()),
    "gpt-neox": ("GPTNeoX", SIZES | dict(rotary_pct=0.5, bos_token_id=1, eos_token_id=2, pad_token_id=0), False, ()),
    "bloom": ("Bloom", dict(
        vocab_size=VOCABULARY, hidden_size=20, n_head=5, n_layer=1, seq_length=24, bos_token_id=1, eos_token_id=2,
        pad_token_id=0,
    ), False, ()),
    "t5": ("T5", RELATIVE, False, ()),
    "mt5": ("MT5", RELATIVE | dict(feed_forward_proj="gated-gelu"), False, ()),
}
REMOTE = {"ltg-bert": remote_models.LtgBert}
# Gemma3's classifier has a name of its own, and no tagger.
TAGLESS = ("gemma3",)


def cases(limit, types, end=None):
    rng = np.random.default_rng([SEED, limit])
    out = []
    for length in sorted({n for n in LENGTHS if n < limit} | {limit}):
        case = {"ids": rng.integers(4, VOCABULARY, length).tolist()}
        if end is not None:
            case["ids"][-1] = end
        if types:
            first = int(rng.integers(0, length + 1))
            case["type_ids"] = [0] * first + [1] * (length - first)
        out.append(case)
    return out


def outputs(model, task, case, padded=0):
    """The rows of one case, or of the same case with padding behind it."""
    def column(values, fill):
        return torch.tensor([list(values) + [fill] * padded])

    count = len(case["ids"])
    inputs = {"input_ids": column(case["ids"], model.config.pad_token_id or 0), "attention_mask": column([1] * count, 0)}
    if "type_ids" in case:
        inputs["token_type_ids"] = column(case["type_ids"], 0)
    with torch.inference_mode():
        result = model(**inputs)
    if task == "pooler":
        return result.pooler_output
    if task == "sequence":
        return result.logits
    if task == "question":
        if not hasattr(result, "start_logits"):
            return result.logits[0][:count]
        return torch.stack([result.start_logits[0], result.end_logits[0]], dim=1)[:count]
    if task == "discriminator":
        return result.logits[0][:count].unsqueeze(1)
    return result.logits[0][:count]


def largest(one, other):
    return max((a - b).abs().max().item() for a, b in zip(one, other, strict=True))


def write(name, family, task, ignored=None, special=(), **changes):
    """Writes a folder; a reader that takes `ignored` for what its configuration says must be found out.

    `special` are further texts.
    """
    stem, sizes, types, _ = FAMILIES[family]
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if family in REMOTE:
        config, read = remote(folder, family, stem + SUFFIXES[task], sizes | changes, task)
    else:
        config = getattr(transformers, stem + "Config")(**(sizes | changes))
        model_class = getattr(transformers, stem + SUFFIXES[task])
        # Two families leave their pooler out unless it is asked for.
        options = {"add_pooling_layer": True} if task == "pooler" else {}
        model = model_class(config, **options)
        fill(model)
        model.eval().save_pretrained(folder)
        read = model_class.from_pretrained(folder, dtype=torch.float32, **options).eval()
    limit = next(getattr(config, key) for key in ("max_position_embeddings", "n_positions", "seq_length")
                 if hasattr(config, key))
    if family in ("roberta", "xlm-roberta", "camembert", "mpnet", "roberta-prelayernorm", "xlm-roberta-xl"):
        limit -= config.pad_token_id + 1
    # T5's classifier takes the state of the token that ends a text.
    end = config.eos_token_id if stem.endswith("T5") else None
    selected = cases(limit, types, end) + [{"ids": list(ids)} for ids in special]
    goldens = [outputs(read, task, case).contiguous() for case in selected]
    pads = config.pad_token_id is not None
    gap = largest(goldens, [outputs(read, task, case, 1) if pads and len(case["ids"]) < limit else golden
                            for case, golden in zip(selected, goldens)])
    if gap > PRECISION:
        raise SystemExit(f"{name}: padding changes the outputs by {gap}")
    if ignored:
        wrong = model_class.from_pretrained(folder, dtype=torch.float32, **ignored).eval()
        if largest(goldens, [outputs(wrong, task, case) for case in selected]) < VISIBLE:
            raise SystemExit(f"{name}: reading {ignored} instead changes nothing")
    exact = read.double()
    gap = largest(goldens, [outputs(exact, task, case) for case in selected])
    if gap > PRECISION:
        raise SystemExit(f"{name}: float32 is {gap} from float64")
    origin = metadata(__file__, "transformers", "torch")
    save_file({f"outputs.{index}": golden for index, golden in enumerate(goldens)}, folder / "golden.safetensors",
              metadata=origin)
    classifies = task in ("sequence", "token")
    write_json(folder / "cases.json", origin | {
        "task": task, "labels": [config.id2label[index] for index in range(config.num_labels)] if classifies else [],
        "problem_type": config.problem_type, "cases": selected})
    spread = torch.cat([golden.flatten() for golden in goldens]).std().item()
    print(f"{name:36} {len(selected):2} cases {tuple(goldens[-1].shape)} within {gap:.1e}, deviation {spread:.2f}")


def remote(folder, family, architecture, sizes, task):
    """A folder of a family whose code is published beside its weights, with what `config.json` says, and its model."""
    labels = PretrainedConfig(**{key: sizes[key] for key in ("num_labels", "id2label", "label2id") if key in sizes})
    outputs = 2 if task == "question" else labels.num_labels
    written = sizes | {"architectures": [architecture], "id2label": labels.id2label, "label2id": labels.label2id}
    written.pop("num_labels", None)
    model = REMOTE[family](written | {"outputs": outputs}).eval()
    fill(model)
    (folder / "config.json").write_text(json.dumps(written, indent=2) + "\n")
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    labels.pad_token_id, labels.max_position_embeddings = sizes["pad_token_id"], sizes["max_position_embeddings"]
    return labels, model


def named(labels):
    return dict(id2label=dict(enumerate(labels)), label2id={label: index for index, label in enumerate(labels)})


def family(name):
    write(f"{name}-sequence-1", name, "sequence", num_labels=1)
    write(f"{name}-sequence-3", name, "sequence", **named(SEVERAL))
    if name not in TAGLESS:
        write(f"{name}-token", name, "token", **named(TAGS))
    for task in FAMILIES[name][3]:
        write(f"{name}-{task}", name, task)


def variants():
    for stem in ("Norbert", "Ltgbert"):
        FAMILIES[stem] = (stem, FAMILIES["ltg-bert"][1], False, ())
        REMOTE[stem] = remote_models.LtgBert
        write(f"ltg-bert-{stem.lower()}-sequence", stem, "sequence", **named(SEVERAL))
    write("bert-sequence-unnamed", "bert", "sequence", problem_type="multi_label_classification")
    write("roberta-sequence-regression", "roberta", "sequence", num_labels=1, problem_type="regression")
    write("modernbert-sequence-mean", "modernbert", "sequence", classifier_pooling="mean",
          ignored={"classifier_pooling": "cls"}, **named(SEVERAL))
    biased = dict(classifier_bias=True, norm_bias=True, classifier_activation="relu")
    write("modernbert-sequence-biases", "modernbert", "sequence", ignored={"classifier_activation": "gelu"},
          **biased, **named(SEVERAL))
    write("modernbert-token-biases", "modernbert", "token", **biased, **named(TAGS))
    write("electra-discriminator-relu", "electra", "discriminator", hidden_act="relu", ignored={"hidden_act": "gelu"})
    for pooling in ("bos", "mean"):
        write(f"eurobert-sequence-{pooling}", "eurobert", "sequence", classifier_pooling=pooling,
              ignored={"classifier_pooling": "late"}, **named(SEVERAL))
    write("deberta-v2-sequence-tanh", "deberta-v2", "sequence", pooler_hidden_act="tanh",
          ignored={"pooler_hidden_act": "gelu"}, **named(SEVERAL))
    # The last token that is no padding is taken, the first where all are; without a padding token the last.
    ends = ([5, 7], [7, 7], [5, 6, 7, 7], [7, 9, 7, 8, 7])
    for name in ("llama", "gpt2", "bloom"):
        write(f"{name}-sequence-padding", name, "sequence", special=ends, pad_token_id=7,
              ignored={"pad_token_id": 30}, **named(SEVERAL))
    write("llama-sequence-no-padding", "llama", "sequence", special=ends, pad_token_id=None, **named(SEVERAL))


def main():
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for name in sys.argv[1:] or [*FAMILIES, "variants"]:
        variants() if name == "variants" else family(name)


if __name__ == "__main__":
    main()
