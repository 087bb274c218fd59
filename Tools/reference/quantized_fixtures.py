#!/usr/bin/env python3
"""Small models with weights in 8 bits, in the layout of model_fixtures.py, as bitsandbytes and compressed-tensors store them.

    Tools/python-with Tools/reference/quantization-requirements.txt   # prints the interpreter
    PYTHON Tools/reference/quantized_fixtures.py [NAME...]

The token states are those of the weights that the libraries themselves make of the stored ones, in float32, with
activations that nobody quantises.
"""

import json
import shutil
import sys

import torch
from compressed_tensors.compressors import BaseCompressor, ModelCompressor
from compressed_tensors.quantization import QuantizationConfig, apply_quantization_config
from compressed_tensors.quantization.utils import calculate_qparams
from safetensors.torch import load_file, save_file
from transformers import (
    BertModel,
    BitsAndBytesConfig,
    LlamaConfig,
    LlamaModel,
    Qwen3Config,
    Qwen3Model,
)
from transformers.utils import logging

import model_fixtures as fixtures

LINEAR = ["Linear"]


def weights(**settings):
    return dict(num_bits=8, type="int", symmetric=True, dynamic=False) | settings


def scheme(targets=LINEAR, activations=None, **settings):
    return {"targets": targets, "weights": weights(**settings), "input_activations": activations,
            "output_activations": None}


def by_token(kind="int"):
    return dict(num_bits=8, type=kind, symmetric=True, dynamic=True, strategy="token")


def extremes(weight, args):
    """The least and the greatest of what shares a scale."""
    if args.strategy == "tensor":
        return weight.min().reshape(1), weight.max().reshape(1)
    if args.strategy == "group":
        weight = weight.unflatten(-1, (-1, args.group_size))
        return weight.amin(-1), weight.amax(-1)
    return weight.amin(-1, keepdim=True), weight.amax(-1, keepdim=True)


def compressed(name, model, groups, form, ignore=(), scale_type=torch.float32):
    """Quantises `model` with compressed-tensors, saves it, and writes the states of what comes back."""
    folder = fixtures.fresh(name)
    fixtures.fill(model)
    exact = {key: value.clone() for key, value in model.state_dict().items()}
    config = QuantizationConfig(config_groups=groups, format=form, ignore=list(ignore))
    apply_quantization_config(model, config)
    for module in model.modules():
        found = getattr(module, "quantization_scheme", None)
        if found is None:
            continue
        scale, zero = calculate_qparams(*extremes(module.weight.detach(), found.weights), found.weights)
        module.weight_scale.data = scale.to(scale_type)
        if hasattr(module, "weight_zero_point"):
            module.weight_zero_point.data = zero.to(module.weight_zero_point.dtype)
    schemes = {name: module.quantization_scheme for name, module in model.named_modules()
               if getattr(module, "quantization_scheme", None)}
    compressor = ModelCompressor.from_pretrained_model(model, form)
    compressor.compress_model(model)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    tensors = {key: value.contiguous() for key, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    compressor.update_config(folder)
    # transformers' own `dequantize` takes the first scheme for all modules, and rounds where scales are bfloat16.
    found = load_file(folder / "model.safetensors")
    library = BaseCompressor.get_value_from_registry(form)
    for name, settings in schemes.items():
        parts = {key.removeprefix(f"{name}."): found[key] for key in list(found) if key.startswith(f"{name}.")}
        parts["weight_scale"] = parts["weight_scale"].float()
        found[f"{name}.weight"] = library.decompress(parts, settings)["weight"]
    finish(folder, type(model)(model.config), found, exact)


def bitsandbytes(name, model):
    folder = fixtures.fresh(name)
    fixtures.fill(model)
    exact = {key: value.clone() for key, value in model.state_dict().items()}
    model.save_pretrained(folder)
    quantised = type(model).from_pretrained(
        folder, dtype=torch.float32, quantization_config=BitsAndBytesConfig(load_in_8bit=True), device_map="cpu")
    shutil.rmtree(folder)
    quantised.save_pretrained(folder)
    restored = type(model).from_pretrained(folder, dtype=torch.float32, device_map="cpu").dequantize().float()
    finish(folder, type(model)(restored.config), restored.state_dict(), exact)


def finish(folder, plain, found, exact):
    """Checks that the weights came back, rounded, and writes what they give."""
    stored = load_file(folder / "model.safetensors")
    rounded = 0
    for key, value in exact.items():
        gap = (found[key] - value).abs().max().item()
        if gap > 0.05 * value.abs().max().item():
            raise SystemExit(f"{folder.name}: {key} came back {gap} away")
        rounded += gap > 0
    if not rounded:
        raise SystemExit(f"{folder.name}: nothing was quantised")
    found = {key: found[key].float() for key in exact}
    kinds = sorted({str(tensor.dtype).removeprefix("torch.") for tensor in stored.values()})
    print(f"{folder.name}: {rounded} weights rounded, stored as {', '.join(kinds)}")
    plain.load_state_dict(found)
    fixtures.write_goldens(folder, plain, fixtures.cases(40, lengths=(1, 7, 18)))


def int8():
    # Weights by row, activations by token, as the most downloaded W8A8 checkpoints; a layer that is left out.
    compressed("quantized-channel", LlamaModel(LlamaConfig(**fixtures.LLAMA)), {
        "group_0": scheme(strategy="channel", activations=by_token())}, "int-quantized",
        ignore=["lm_head", "layers.1.mlp.down_proj"], scale_type=torch.bfloat16)
    compressed("quantized-groups", BertModel(fixtures.little_bert()), {
        "group_0": scheme(strategy="group", group_size=4, symmetric=False)}, "naive-quantized")
    compressed("quantized-whole", LlamaModel(LlamaConfig(**(fixtures.LLAMA | dict(num_hidden_layers=1)))), {
        "group_0": scheme(strategy="tensor", symmetric=False, activations=by_token())}, "int-quantized")


def packed():
    # 42 and 50 inputs do not fill their last word.
    sizes = fixtures.LLAMA | dict(hidden_size=42, intermediate_size=50, num_hidden_layers=2)
    compressed("quantized-packed", Qwen3Model(Qwen3Config(**sizes)), {
        "group_0": scheme(["re:.*self_attn.*"], strategy="group", group_size=2, symmetric=False),
        "group_1": scheme(["re:.*gate_proj", "re:.*up_proj"], strategy="channel"),
        "group_2": scheme(["re:.*down_proj"], strategy="channel", symmetric=False)}, "pack-quantized")


def float8():
    sizes = fixtures.LLAMA | dict(num_hidden_layers=2)
    compressed("quantized-float8", LlamaModel(LlamaConfig(**sizes)), {
        "group_0": scheme(["re:.*self_attn.*"], type="float", strategy="channel", activations=by_token("float")),
        "group_1": scheme(["re:.*mlp.*"], type="float", strategy="tensor", activations=by_token("float"))},
        "float-quantized")


def bytes8():
    bitsandbytes("quantized-bitsandbytes", BertModel(fixtures.little_bert()))
    bitsandbytes("quantized-bitsandbytes-llama", LlamaModel(LlamaConfig(**(fixtures.LLAMA | dict(num_hidden_layers=1)))))


def refused():
    """Methods, formats and settings that are not read."""
    def change(base, **changes):
        config = json.loads((fixtures.FIXTURES / base / "config.json").read_text())
        config["quantization_config"] |= changes
        return config

    one = json.loads((fixtures.FIXTURES / "quantized-channel/config.json").read_text())["quantization_config"]
    group = one["config_groups"]["group_0"]

    def groups(**settings):
        return {"config_groups": {"group_0": group | {"weights": group["weights"] | settings}}}

    for name, config in {
        "refused-quantization-gptq": change("quantized-channel", quant_method="gptq"),
        "refused-quantization-awq": change("quantized-channel", quant_method="awq"),
        "refused-quantization-4-bits": change("quantized-bitsandbytes", load_in_8bit=False, load_in_4bit=True),
        "refused-quantization-format": change("quantized-channel", format="nvfp4-pack-quantized"),
        "refused-quantization-status": change("quantized-channel", quantization_status="frozen"),
        "refused-quantization-num-bits": change("quantized-packed", **groups(num_bits=4)),
        "refused-quantization-blocks": change(
            "quantized-float8", **groups(strategy="block", block_structure=[128, 128])),
        "refused-quantization-order": change("quantized-packed", **groups(actorder="group")),
        "refused-quantization-sparsity": change("quantized-channel", sparsity_config={"format": "sparse-24-bitmask"}),
        "refused-quantization-transform": change("quantized-channel", transform_config={"config_groups": {"u": {}}}),
        "refused-quantization-turned": json.loads((fixtures.FIXTURES / "gpt2/config.json").read_text()) | {
            "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
    }.items():
        folder = fixtures.fresh(name)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


PARTS = {part.__name__: part for part in (int8, packed, float8, bytes8, refused)}

if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
