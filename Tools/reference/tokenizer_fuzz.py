"""Compares `needletail tokenize --json` with the reference library on random texts.

    python Tools/reference/tokenizer_fuzz.py .build/release/needletail-cli MODEL/tokenizer.json [--count 100000]

Every field of every row is compared, overflowing parts included. Exits 1 when anything differs.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile

import tokenizers
from tokenizer_texts import random_text


def plain(encoding, nested=True):
    row = {
        "ids": encoding.ids,
        "tokens": encoding.tokens,
        "offsets": [list(span) for span in encoding.offsets],
        "word_ids": encoding.word_ids,
        "type_ids": encoding.type_ids,
        "special_tokens_mask": encoding.special_tokens_mask,
    }
    row["overflowing"] = [plain(part, False) for part in encoding.overflowing] if nested else []
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("tokenizer")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--every-scalar", action="store_true", help="instead of random texts: each scalar in a word")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-length", type=int)
    parser.add_argument("--stride", type=int, default=0)
    parser.add_argument("--direction", default="right")
    parser.add_argument("--strategy", default="longest_first")
    parser.add_argument("--pairs", action="store_true")
    parser.add_argument("--no-special", action="store_true")
    arguments = parser.parse_args()

    reference = tokenizers.Tokenizer.from_file(arguments.tokenizer)
    reference.no_padding()
    reference.no_truncation()
    extra = []
    if arguments.no_special:
        extra += ["--no-special"]
    if arguments.max_length:
        reference.enable_truncation(
            arguments.max_length, stride=arguments.stride, strategy=arguments.strategy, direction=arguments.direction)
        extra += ["--max-length", str(arguments.max_length), "--stride", str(arguments.stride),
                  "--direction", arguments.direction, "--strategy", arguments.strategy]
    words = list(reference.get_vocab()) + [token.content for token in reference.get_added_tokens_decoder().values()]
    generator = random.Random(arguments.seed)
    rows, expectations = [], []
    if arguments.every_scalar:
        texts = (f"a{chr(c)}b" for c in range(0x110000) if not 0xD800 <= c < 0xE000)
        arguments.count = 0x110000 - 0x800
    else:
        texts = iter(lambda: random_text(generator, words), None)
    while len(rows) < arguments.count:
        text = next(texts)
        row = {"text": text, "pair": random_text(generator, words)} if arguments.pairs else text
        try:
            expectation = plain(reference.encode(
                *((row["text"], row["pair"]) if arguments.pairs else (row,)),
                add_special_tokens=not arguments.no_special))
        except Exception:  # a truncation that cannot be done
            continue
        rows.append(row)
        expectations.append(expectation)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
        file.flush()
        output = subprocess.run(
            [arguments.program, "tokenize", "--tokenizer", arguments.tokenizer, "--json", "--input", file.name, *extra],
            capture_output=True, text=False)
    if output.returncode != 0:
        sys.exit(f"{arguments.program} failed: {output.stderr.decode()}")
    lines = output.stdout.decode("utf-8").split("\n")[:-1]
    assert len(lines) == len(rows), (len(lines), len(rows))
    different = 0
    for row, line, expected in zip(rows, lines, expectations):
        found = json.loads(line)
        if found != expected:
            different += 1
            if different <= 5:
                keys = [key for key in expected if found.get(key) != expected[key]]
                print(ascii(row))
                for key in keys:
                    print("  expected", key, ascii(expected[key])[:600])
                    print("  found   ", key, ascii(found.get(key))[:600])
    print(f"{arguments.tokenizer} {' '.join(sys.argv[3:])}: {len(rows)} compared, {different} different")
    sys.exit(different > 0)


main()
