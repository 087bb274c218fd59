"""The reference library as a process that waits: a line on standard input is a round, its answer a line of JSON.

    python reference.py TOKENIZER --input TEXTS.jsonl --threads 4   # rounds "encode" and "pack"
    python reference.py TOKENIZER --load                            # one load, and the memory it takes
"""

import argparse
import ctypes
import json
import os
import resource
import sys
import time

# As `bench tokenize` has it.
BATCH = 1000


def resident():
    """Bytes of memory in use, once the allocator has given back what it can."""
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tokenizer")
    parser.add_argument("--input")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--load", action="store_true")
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if options.threads > 1 else "false"
    os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    import tokenizers

    before = resident()
    start = time.perf_counter()
    tokenizer = tokenizers.Tokenizer.from_file(options.tokenizer)
    seconds = time.perf_counter() - start
    if options.load:
        print(json.dumps({"load_seconds": seconds, "resident_bytes": resident() - before}))
        return
    tokenizer.no_padding()
    tokenizer.no_truncation()
    with open(options.input, encoding="utf-8") as file:
        texts = [json.loads(row) for row in file]
    verbs = {"encode": tokenizer.encode_batch, "pack": tokenizer.encode_batch_fast}
    print(json.dumps({"bytes": sum(len(text.encode()) for text in texts)}), flush=True)
    for line in sys.stdin:
        verb = verbs[line.strip()]
        tokens = 0
        start = time.perf_counter()
        for first in range(0, len(texts), BATCH):
            encodings = verb(texts[first:first + BATCH])
            for encoding in encodings:
                tokens += len(encoding)
        print(json.dumps({"seconds": time.perf_counter() - start, "tokens": tokens}), flush=True)


main()
