"""One engine a process: `python engines.py ENGINE --model FOLDER --input FILE --threads N --cache FOLDER`.

Encodes the lines of FILE once for every line read from standard input, after a first pass that warms up, and answers
each with a JSON line {"seconds", "texts", "tokens", "peak_memory_bytes"}. Timed from texts in memory to normalised
vectors in memory, tokenizing included. ENGINE `export` only writes the ONNX graph that two of them need. Texts are sorted by length and padded to the longest of a batch, which is the
fastest that these engines allow without a batcher of their own. With `--save FILE.npy` the vectors are kept.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

NAMES = ["input_ids", "attention_mask", "token_type_ids"]


def graph(arguments):
    return Path(arguments.cache) / "minilm.onnx"


def export(arguments):
    """Writes the model as an ONNX graph of token states; in a process of its own, or its memory would be counted."""
    path = graph(arguments)
    if path.exists():
        return
    import torch
    from transformers import AutoModel

    path.parent.mkdir(parents=True, exist_ok=True)
    encoder = AutoModel.from_pretrained(arguments.model, attn_implementation="eager").eval()

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask, types):
            return self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    ids = torch.ones(2, 8, dtype=torch.long)
    partial = path.with_suffix(".partial")
    torch.onnx.export(
        States(), (ids, ids, ids * 0), str(partial), input_names=NAMES, output_names=["states"], opset_version=17,
        dynamo=False, dynamic_axes={name: {0: "texts", 1: "tokens"} for name in NAMES + ["states"]})
    partial.rename(path)


def onnxruntime(arguments):
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = runtime.InferenceSession(str(graph(arguments)), options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, dict(zip(NAMES, (ids, mask, ids * 0))))[0]


def openvino(arguments):
    import openvino as runtime

    core = runtime.Core()
    settings = {
        "INFERENCE_NUM_THREADS": arguments.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(str(graph(arguments))), "CPU", settings)
    request = compiled.create_infer_request()
    return lambda ids, mask: request.infer(dict(zip(NAMES, (ids, mask, ids * 0))))[0]


def pytorch(arguments):
    import torch
    from transformers import AutoModel

    torch.set_num_threads(arguments.threads)
    encoder = AutoModel.from_pretrained(arguments.model).eval()

    def states(ids, mask):
        with torch.inference_mode():
            output = encoder(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
        return output.last_hidden_state.numpy()

    return states


ENGINES = {"onnxruntime": onnxruntime, "openvino": openvino, "pytorch": pytorch}


def encode(states, tokenizer, texts, batch):
    import numpy as np

    encodings = tokenizer.encode_batch(texts)
    vectors = np.zeros((len(texts), 384), np.float32)
    order = sorted(range(len(texts)), key=lambda index: -len(encodings[index].ids))
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        longest = len(encodings[rows[0]].ids)
        ids, mask = np.zeros((2, len(rows), longest), np.int64)
        for position, row in enumerate(rows):
            count = len(encodings[row].ids)
            ids[position, :count] = encodings[row].ids
            mask[position, :count] = 1
        pooled = (states(ids, mask) * mask[..., None].astype(np.float32)).sum(1) / mask.sum(1, keepdims=True)
        vectors[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    return vectors, sum(len(encoding.ids) for encoding in encodings)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=[*ENGINES, "export"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--save")
    arguments = parser.parse_args()
    # Read by the libraries when they are first imported.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)

    if arguments.engine == "export":
        return export(arguments)

    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(arguments.model) / "tokenizer.json"))
    tokenizer.enable_truncation(arguments.max_length)
    tokenizer.no_padding()
    texts = Path(arguments.input).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    states = ENGINES[arguments.engine](arguments)
    vectors, tokens = encode(states, tokenizer, texts, arguments.batch)
    if arguments.save:
        import numpy as np

        np.save(arguments.save, vectors)
    print(json.dumps({"ready": arguments.engine}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        encode(states, tokenizer, texts, arguments.batch)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(
            {"seconds": seconds, "texts": len(texts), "tokens": tokens, "peak_memory_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
