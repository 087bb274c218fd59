"""Makes the folder that infinity's ONNX engine loads: `python graph.py MODEL FOLDER [--float]`.

The graph gives the states of tokens, which infinity pools itself. It has the fusions of ONNX Runtime's optimizer; its
weights are int8, one scale a matrix, as in the files model_qint8_avx512_vnni.onnx that sentence-transformers publishes,
or with `--float` as they were.
"""

import argparse
import json
import shutil
from pathlib import Path

NAMES = ["input_ids", "attention_mask", "token_type_ids"]


def export(model, path):
    import torch
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(model, attn_implementation="eager").eval()

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask, types):
            return self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "texts", 1: "tokens"} for name in [*NAMES, "last_hidden_state"]}
    torch.onnx.export(
        States(), (ids, ids, ids * 0), str(path), input_names=NAMES, output_names=["last_hidden_state"],
        opset_version=17, dynamo=False, dynamic_axes=axes)


def fuse(source, path, config):
    from onnxruntime.transformers.optimizer import optimize_model

    model = optimize_model(
        str(source), "bert", num_heads=config["num_attention_heads"], hidden_size=config["hidden_size"])
    model.save_model_to_file(str(path))


def quantise(source, path):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source), str(path), weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--float", action="store_true")
    options = parser.parse_args()
    unfinished = options.folder.with_name(options.folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for file in options.model.glob("*.json"):
        shutil.copy(file, unfinished)
    shutil.copy(options.model / "vocab.txt", unfinished)
    plain, fused = unfinished / "plain.tmp", unfinished / "fused.tmp"
    export(options.model, plain)
    fuse(plain, fused, json.loads((options.model / "config.json").read_text()))
    if options.float:
        fused.rename(unfinished / "model.onnx")
    else:
        quantise(fused, unfinished / "model_quantized.onnx")
        fused.unlink()
    plain.unlink()
    shutil.rmtree(options.folder, ignore_errors=True)
    unfinished.rename(options.folder)


if __name__ == "__main__":
    main()
