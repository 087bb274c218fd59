"""Writes Tests/NeedletailTokenizersTests/Fixtures/long-words.golden.json: what the reference library makes of words of
thousands of letters, as the number of tokens and a checksum.

    python Tools/reference/long_word_goldens.py
"""

import json
import pathlib

from tokenizers import Tokenizer

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/NeedletailTokenizersTests/Fixtures"
NAMES = ["gpt2", "llama3", "bpe-words", "bpe-bytes", "byte-fallback", "clip", "t5", "bert-uncased"]
LENGTHS = [4090, 4100, 6000, 20000]
ALPHABET = "etaoinshrdlu"


def word(length, seed):
    """Letters by a linear congruential generator, some of them repeated."""
    state, letters = seed, []
    while len(letters) < length:
        state = (state * 1103515245 + 12345) % 2**31
        letters += ALPHABET[(state >> 16) % len(ALPHABET)] * (1 + (state >> 24) % 3)
    return "".join(letters[:length])


def main():
    rows = []
    for name in NAMES:
        tokenizer = Tokenizer.from_file(str(FIXTURES / f"{name}.tokenizer.json"))
        for seed, length in enumerate(LENGTHS):
            encoding = tokenizer.encode(word(length, seed), add_special_tokens=False)
            checksum = 0
            for token, (start, end) in zip(encoding.ids, encoding.offsets):
                checksum = (checksum * 31 + token * 7 + start * 3 + end) % 2**31
            rows.append({"name": name, "length": length, "seed": seed, "count": len(encoding.ids), "checksum": checksum})
    path = FIXTURES / "long-words.golden.json"
    path.write_text(json.dumps(rows, indent=0) + "\n")


main()
