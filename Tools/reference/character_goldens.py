"""Writes what the byte and character tokenizers of transformers, ByT5's and CANINE's, make of texts.

    python Tools/reference/character_goldens.py                          # fixtures
    python Tools/reference/character_goldens.py --fuzz PROGRAM [COUNT]   # compare a program on random texts

These tokenizers have no vocabulary file, so a fixture holds the text of a `tokenizer_config.json`. U+001C to U+001F are
left out of the texts: Python counts them as white space where Unicode does not. The reference gives one type id too many
for a text that ends with `</s>`, which is cut off.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import transformers
from tokenizer_goldens import write
from tokenizer_texts import ODD_TEXTS, random_text
from transformers import AutoTokenizer

warnings.simplefilter("ignore")
transformers.logging.set_verbosity_error()


def flagged(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": True, **flags}


CONFIGS = {
    "byt5": {"tokenizer_class": "ByT5Tokenizer"},
    "byt5-names": {
        "tokenizer_class": "ByT5Tokenizer", "extra_ids": 0, "eos_token": "<e>", "additional_special_tokens": ["<x>", "日本"],
        "added_tokens_decoder": {"0": flagged("<pad>"), "1": flagged("<e>", lstrip=True), "259": flagged("<y>", rstrip=True)}},
    "canine": {"tokenizer_class": "CanineTokenizer"},
}


def load(config):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
        return AutoTokenizer.from_pretrained(folder)


def texts(tokenizer, generator, count):
    special = tokenizer.all_special_tokens
    rows = []
    for _ in range(count):
        text = random_text(generator, ["the", "swift", "naïve"])[:90]
        while generator.random() < 0.5:
            at = generator.randint(0, len(text))
            text = text[:at] + generator.choice(["", " ", " \n"]) + generator.choice(special) + generator.choice(["", " ", "\t"]) + text[at:]
        rows.append(text)
    return [text.translate({code: None for code in range(0x1C, 0x20)}) for text in rows]


def row(tokenizer, text, pair=None):
    found = tokenizer(text, pair, return_token_type_ids=True)
    ids = found["input_ids"]
    return {
        "text": text, **({"pair": pair} if pair is not None else {}), "ids": ids, "type_ids": found["token_type_ids"][:len(ids)],
        "plain": tokenizer(text, pair, add_special_tokens=False)["input_ids"],
        "decoded": tokenizer.decode(ids), "skipped": tokenizer.decode(ids, skip_special_tokens=True)}


def decodings(tokenizer, generator, count):
    rows = []
    limit = len(tokenizer) if len(tokenizer) < 10_000 else 0xD800
    for _ in range(count):
        ids = [generator.randrange(limit) for _ in range(generator.randint(0, 15))]
        if limit == 0xD800:
            ids += generator.sample([0, 0xE000, 0xE001, 0xE002, 0xE003, 0xE004, 0x1F600, 0x10FFFF], 3)
        rows.append({"ids": ids, "decoded": tokenizer.decode(ids), "skipped": tokenizer.decode(ids, skip_special_tokens=True)})
    return rows


def samples(tokenizer, generator, count, longest):
    odd = [text.translate({code: None for code in range(0x1C, 0x20)}) for text in ODD_TEXTS if len(text) <= longest]
    single = generator.sample(odd, min(len(odd), count)) + texts(tokenizer, generator, count)
    rows = [row(tokenizer, text) for text in single]
    return rows + [row(tokenizer, text, generator.choice(single)) for text in single[:: 5]]


def fuzz(program, count):
    for name, config in CONFIGS.items():
        tokenizer = load(config)
        generator = random.Random(name)
        rows = samples(tokenizer, generator, count, 10_000)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps(config))

            def run(lines, *options):
                file = pathlib.Path(folder, "rows.jsonl")
                file.write_text("".join(json.dumps(line) + "\n" for line in lines))
                output = subprocess.run(
                    [program, "tokenize", "--tokenizer", folder + "/", "--json", "--input", str(file), *options],
                    capture_output=True, check=True)
                return [json.loads(line) for line in output.stdout.decode().split("\n")[:-1]]

            inputs = [{"text": r["text"], "pair": r["pair"]} if "pair" in r else r["text"] for r in rows]
            different = 0
            for r, found, bare in zip(rows, run(inputs), run(inputs, "--no-special")):
                if (found["ids"], found["type_ids"], bare["ids"]) != (r["ids"], r["type_ids"], r["plain"]):
                    different += 1
                    if different < 4:
                        print(r, found)
            lists = rows + decodings(tokenizer, generator, count)
            ids = [{"ids": r["ids"]} for r in lists]
            for r, found, skipped in zip(lists, run(ids, "--decode"), run(ids, "--decode", "--skip")):
                if (found, skipped) != (r["decoded"], r["skipped"]):
                    different += 1
                    if different < 8:
                        print(r["ids"], ascii([r["decoded"], found, r["skipped"], skipped]))
            print(f"{name}: {len(rows)} texts and {len(lists)} lists of ids compared, {different} different")


def main():
    if sys.argv[1:2] == ["--fuzz"]:
        return fuzz(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2000)
    for name, config in CONFIGS.items():
        tokenizer = load(config)
        generator = random.Random(10)
        write(f"{name}.golden.json", {
            "transformers": transformers.__version__, "config": json.dumps(config),
            "rows": samples(tokenizer, generator, 40, 60), "decodings": decodings(tokenizer, generator, 30)})


main()
