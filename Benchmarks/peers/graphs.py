"""Makes what peers load from a model folder: `python graphs.py --model FOLDER --data FOLDER`.

ONNX graphs from token ids to normalised vectors, as exported and with the fusions of ONNX Runtime's own optimizer,
their dynamic quantisations (weights whole or by channel, with seven bits or eight), OpenVINO's int8 models
(calibrated, and with compressed weights) and llama.cpp's files. What is there already is kept. What cannot be made is
named on standard error and left out; its peer is then left out too, with that reason.
"""

import argparse
import inspect
import json
import sys
import traceback
from pathlib import Path

from places import graphs
from texts import load

NAMES = ["input_ids", "attention_mask", "token_type_ids"]
# Weight type, one scale a channel, seven bits. Seven keep AVX2's 16-bit sums of pairs from saturating; the files that
# sentence-transformers publishes as model_quint8_avx2 are `avx2`, and model_qint8_avx512_vnni are `whole`.
QUANTISED = {
    "whole": ("QInt8", False, False), "avx2": ("QUInt8", False, True),
    "channels": ("QInt8", True, False), "channels7": ("QInt8", True, True)}


def plain(path, arguments):
    import torch
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(arguments.model, attn_implementation="eager").eval()

    takes = inspect.signature(encoder.forward).parameters

    class Pipeline(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask, types):
            if "token_type_ids" in takes:
                states = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
            else:
                # The graph has the input all the same, so that engines can treat all models alike.
                states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
                states = states + 0.0 * types.unsqueeze(-1).to(states.dtype)
            weights = mask.unsqueeze(-1).to(states.dtype)
            return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1)

    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "texts", 1: "tokens"} for name in NAMES} | {"vectors": {0: "texts"}}
    torch.onnx.export(
        Pipeline(), (ids, ids, ids * 0), str(path), input_names=NAMES, output_names=["vectors"], opset_version=17,
        dynamo=False, dynamic_axes=axes)


def fused(path, arguments):
    from onnxruntime.transformers.optimizer import optimize_model

    config = json.loads((Path(arguments.model) / "config.json").read_text())
    model = optimize_model(
        str(path.parent / "plain.onnx"), "bert", num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"])
    print("fusions:", {name: count for name, count in model.get_fused_operator_statistics().items() if count})
    model.save_model_to_file(str(path))


def quantised(source, form):
    def write(path, arguments):
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic

        kind, channels, seven = QUANTISED[form]
        quantize_dynamic(
            str(path.parent / f"{source}.onnx"), str(path), per_channel=channels, reduce_range=seven,
            weight_type=QuantType[kind], extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})

    return write


def calibrated(path, arguments):
    """Static quantisation after training with nncf, on 300 sentences that are not measured."""
    import nncf
    import numpy as np
    import openvino
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(arguments.model) / "tokenizer.json"))
    tokenizer.no_padding()

    def inputs(text):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        return dict(zip(NAMES, (ids, np.ones_like(ids), ids * 0)))

    samples = nncf.Dataset(load("calibration", arguments.data), inputs)
    model = openvino.Core().read_model(str(path.parent / "plain.onnx"))
    openvino.save_model(
        nncf.quantize(model, samples, model_type=nncf.ModelType.TRANSFORMER, subset_size=300), str(path))


def compressed(path, arguments):
    import nncf
    import openvino

    model = openvino.Core().read_model(str(path.parent / "plain.onnx"))
    openvino.save_model(nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_SYM), str(path))


def gguf(kind):
    def write(path, arguments):
        import gguf_file

        gguf_file.write(path, arguments.model, kind)

    return write


FILES = {
    "plain.onnx": plain, "fused.onnx": fused,
    **{f"{source}-{form}.onnx": quantised(source, form) for source in ("plain", "fused") for form in QUANTISED},
    "calibrated.xml": calibrated, "compressed.xml": compressed, "f32.gguf": gguf("F32"), "q8_0.gguf": gguf("Q8_0")}


def wanted(model):
    """What is made for a model: fusions are for BERT, and calibrating a large model takes hours."""
    config = json.loads((Path(model) / "config.json").read_text())
    names = dict(FILES)
    if config["model_type"] != "bert":
        names = {name: make for name, make in names.items() if not name.startswith("fused") and ".gguf" not in name}
    if config["hidden_size"] * config["num_hidden_layers"] > 20_000:
        del names["calibrated.xml"]
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    arguments = parser.parse_args()
    folder = graphs(arguments.model)
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in wanted(arguments.model).items():
        path = folder / name
        failure = folder / f"{name}.failed"
        if path.exists():
            continue
        # The name ends as it must: the libraries go by it.
        partial = folder / f"partial-{name}"
        try:
            make(partial, arguments)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            failure.write_text(reason + "\n" + traceback.format_exc())
            print(f"cannot make {name}: {reason}", file=sys.stderr)
            continue
        failure.unlink(missing_ok=True)
        for part in (partial, partial.with_suffix(".bin"), partial.with_name(partial.name + ".data")):
            if part.exists():
                part.rename(folder / part.name.removeprefix("partial-"))
        print(f"made {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
