#!/usr/bin/env python3
"""Small random models of the BERT families with the token states that transformers computes for them.

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
    DistilBertConfig,
    DistilBertForMaskedLM,
    DistilBertModel,
    ElectraConfig,
    ElectraForPreTraining,
    ElectraModel,
    ErnieConfig,
    ErnieModel,
    GteConfig,
    GteForMaskedLM,
    GteModel,
    MegatronBertConfig,
    MegatronBertModel,
    ModernBertConfig,
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


def fill(model):
    """Seeded values for every parameter, each from its own name, so that adding one changes no other."""
    for name, parameter in model.named_parameters():
        shape = tuple(parameter.shape)
        values = np.random.default_rng([SEED, zlib.crc32(name.encode())]).standard_normal(shape)
        if name.lower().replace("_", "").endswith(("layernorm.weight", "ln.weight")):
            values = 1 + 0.3 * values
        elif len(shape) == 1:
            values = 0.3 * values
        elif "embeddings" in name or "attention_bias" in name:
            values = 0.7 * values
        else:
            values = values * 1.4 / np.sqrt(shape[-1])
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


def states(model, case):
    ids = torch.tensor([case["ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if "type_ids" in case:
        inputs["token_type_ids"] = torch.tensor([case["type_ids"]])
    with torch.inference_mode():
        output = model(**inputs, output_hidden_states=True)
    layers = torch.stack([layer[0] for layer in output.hidden_states])
    if not torch.equal(layers[-1], output.last_hidden_state[0]):
        raise SystemExit("the last layer is not the last hidden state")
    return layers


def check_batch(model, selected, goldens, pad):
    """The reference itself must not depend on padding: one padded batch gives what each text gives alone."""
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


def write_goldens(folder, model, selected):
    model = model.eval().float()
    goldens = [states(model, case) for case in selected]
    exact = model.double()
    gap = max((states(exact, case) - golden).abs().max().item() for case, golden in zip(selected, goldens))
    if gap > PRECISION:
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


def write(name, model, selected, base=None, dtype=torch.float32, **options):
    """Saves `model` and the goldens of it, or of `base`, the encoder without heads that reads the same folder."""
    folder = fresh(name)
    fill(model)
    model.to(dtype).save_pretrained(folder, **options)
    encoder = (base or type(model)).from_pretrained(folder, dtype=torch.float32)
    write_goldens(folder, encoder, selected)
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
    rope = {"full_attention": {"rope_theta": 1e5, "rope_type": "yarn"}}
    for name, (base, changes) in {
        "refused-layers-per-group": ("albert", {"inner_group_num": 2}),
        "refused-uneven-groups": ("albert", {"num_hidden_groups": 3}),
        "refused-rope-type": ("modernbert", {"rope_parameters": rope}),
        "refused-rope-scaling": ("modernbert", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}),
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
    families, relatives, older, variants, checkpoints, heads, legacy, refused, activations)}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
