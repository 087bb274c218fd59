"""One peer a process: `python engines.py ENGINE PRECISION FORM --model FOLDER --input FILE --threads N`.

Answers each line of standard input, a JSON object, with a line of JSON:

    {"do": "encode"}                       {"seconds", "cpu_seconds", "texts", "tokens", "peak_memory_bytes"}
    {"do": "encode", "limit": 64, "save": "v.npy"}    the same for the first texts, and keeps their vectors
    {"do": "latency", "text": "…", "calls": 300}      {"seconds": [one a call], "tokens", "peak_memory_bytes"}

Timed from texts in memory to normalised vectors in memory, tokenizing included. Texts are sorted by length and padded
to the longest of a batch, which is the fastest that these engines allow without a batcher of their own; pooling and
normalisation are in the graph. Of the sizes in `--batches` the one that is fastest on the first texts is used.
"""

import argparse
import importlib.metadata
import json
import os
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from places import graphs

NAMES = ["input_ids", "attention_mask", "token_type_ids"]


def graph(arguments, ending):
    path = graphs(arguments.model) / f"{arguments.form}.{ending}"
    failure = path.with_name(path.name + ".failed")
    if failure.exists():
        raise SystemExit(f"could not be made: {failure.read_text().splitlines()[0]}")
    return str(path)


def onnxruntime(arguments, notes):
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = arguments.threads // arguments.streams
    session = runtime.InferenceSession(graph(arguments, "onnx"), options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, dict(zip(NAMES, (ids, mask, ids * 0))))[0]


def openvino(arguments, notes):
    import openvino as runtime

    core = runtime.Core()
    hint = "bf16" if arguments.precision == "bf16" else "f32"
    settings = {
        "INFERENCE_NUM_THREADS": arguments.threads, "INFERENCE_PRECISION_HINT": hint,
        **({"NUM_STREAMS": arguments.streams} if arguments.streams > 1 else {"PERFORMANCE_HINT": "LATENCY"})}
    ending = "xml" if arguments.form in ("calibrated", "compressed") else "onnx"
    compiled = core.compile_model(core.read_model(graph(arguments, ending)), "CPU", settings)
    notes["computes"] = str(compiled.get_property("INFERENCE_PRECISION_HINT"))
    own = threading.local()

    def vectors(ids, mask):
        if not hasattr(own, "request"):
            own.request = compiled.create_infer_request()
        return own.request.infer(dict(zip(NAMES, (ids, mask, ids * 0))))[0].copy()

    return vectors


def pytorch(arguments, notes):
    import torch
    from transformers import AutoModel

    torch.set_num_threads(arguments.threads)
    kind = torch.bfloat16 if arguments.precision == "bf16" else torch.float32
    encoder = AutoModel.from_pretrained(arguments.model, dtype=kind).eval()
    if arguments.precision == "int8":
        encoder = torch.ao.quantization.quantize_dynamic(encoder, {torch.nn.Linear}, torch.qint8)

    def vectors(ids, mask):
        with torch.inference_mode():
            mask = torch.from_numpy(mask)
            states = encoder(input_ids=torch.from_numpy(ids), attention_mask=mask).last_hidden_state.float()
            weights = mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=-1).numpy()

    return vectors


def llama(arguments, notes):
    from llama_engine import Llama

    return Llama(graph(arguments, "gguf"), arguments.threads, arguments.max_length)


LOADERS = {"onnxruntime": onnxruntime, "openvino": openvino, "pytorch": pytorch, "llama.cpp": llama}
PACKAGES = {
    "onnxruntime": ["onnxruntime"], "openvino": ["openvino", "nncf"], "llama.cpp": ["llama-cpp-python"],
    "pytorch": ["torch", "transformers", "sentence-transformers"]}


class Batched:
    """Any of the loaders behind a tokenizer and a batcher."""

    def __init__(self, arguments, notes):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(Path(arguments.model) / "tokenizer.json"))
        self.tokenizer.enable_truncation(arguments.max_length)
        self.tokenizer.no_padding()
        self.vectors = LOADERS[arguments.engine](arguments, notes)
        self.batch = arguments.batches[0]
        self.pool = ThreadPoolExecutor(arguments.streams) if arguments.streams > 1 else None

    def encode(self, texts):
        import numpy as np

        encodings = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index]))
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]

        def one(rows):
            longest = len(encodings[rows[0]])
            ids, mask = np.zeros((2, len(rows), longest), np.int64)
            for position, row in enumerate(rows):
                count = len(encodings[row])
                ids[position, :count] = encodings[row]
                mask[position, :count] = 1
            return self.vectors(ids, mask)

        parts = list((self.pool.map if self.pool else map)(one, batches))
        vectors = np.empty((len(texts), parts[0].shape[1]), np.float32)
        for rows, part in zip(batches, parts):
            vectors[rows] = part
        return vectors


class Reference:
    """sentence-transformers as its users call it."""

    def __init__(self, arguments, notes):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(arguments.threads)
        self.model = SentenceTransformer(arguments.model, device="cpu")
        self.model.max_seq_length = arguments.max_length
        self.batch = arguments.batches[0]

    def encode(self, texts):
        return self.model.encode(
            texts, batch_size=self.batch, normalize_embeddings=True, show_progress_bar=False)


def answer(order, engine, texts, lengths):
    result = {}
    if order["do"] == "latency":
        result["seconds"] = []
        for _ in range(order["calls"]):
            start = time.perf_counter()
            engine.encode([order["text"]])
            result["seconds"].append(time.perf_counter() - start)
    else:
        some = texts[: order.get("limit")]
        start, used = time.perf_counter(), time.process_time()
        vectors = engine.encode(some)
        result = {
            "seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - used,
            "texts": len(some), "tokens": sum(lengths[: len(some)])}
        if "save" in order:
            import numpy as np

            np.save(order["save"], vectors)
    # Kibibytes on Linux, bytes on Darwin.
    unit = 1 if sys.platform == "darwin" else 1024
    return result | {"peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


def choose(engine, batches, texts):
    seconds = {}
    for engine.batch in batches:
        engine.encode(texts)
        start = time.perf_counter()
        engine.encode(texts)
        seconds[engine.batch] = time.perf_counter() - start
    engine.batch = min(seconds, key=seconds.get)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=LOADERS)
    parser.add_argument("precision")
    parser.add_argument("form")
    parser.add_argument("--model", required=True)
    parser.add_argument("--input", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--batches", type=lambda text: [int(part) for part in text.split(",")], default=[32])
    parser.add_argument("--choose-on", type=int, default=512, help="so many texts decide the size of a batch")
    parser.add_argument("--max-length", type=int, default=256)
    arguments = parser.parse_args()
    # Libraries write to standard output as well, so the answers go where only they can.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Read by the libraries when they are first imported.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)

    from tokenizers import Tokenizer

    counter = Tokenizer.from_file(str(Path(arguments.model) / "tokenizer.json"))
    counter.enable_truncation(arguments.max_length)
    counter.no_padding()
    texts = Path(arguments.input).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    lengths = [len(encoding.ids) for encoding in counter.encode_batch_fast(texts)]
    notes = {}
    engine = (Reference if arguments.form == "sentence-transformers" else Batched)(arguments, notes)
    if len(arguments.batches) > 1:
        choose(engine, arguments.batches, texts[: arguments.choose_on])
    versions = {package: importlib.metadata.version(package) for package in PACKAGES[arguments.engine]}
    print(json.dumps({"batch": engine.batch, "versions": versions, "notes": notes}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), engine, texts, lengths)), file=answers, flush=True)


if __name__ == "__main__":
    main()
