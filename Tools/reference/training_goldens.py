"""Writes what the reference trainers make of a small text: Tests/NeedletailTokenizerTrainingTests/Fixtures/training.*.

    python Tools/reference/training_goldens.py                      # the fixtures
    python Tools/reference/training_goldens.py --compare PLAN.json  # vocabularies that tests compare with, live

Needs tokenizers and transformers as pinned in requirements.txt. The text is made here.

The reference's trainers draw by lot where they number symbols that have a prefix or a suffix: in the order of a hash
table, other each time. All such symbols are therefore given as special tokens here, in a fixed order, and then all of
its result is fixed. Of the cases with a limit of the alphabet, none cuts between characters that are equally rare.

With --compare, the file names texts, a recipe and options, and the trained model is printed as JSON.
"""

import json
import random
import sys
from pathlib import Path

from bpe_tokenizers import CLIP, LLAMA_3, training_text
from provenance import REPOSITORY, metadata, write_json
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = REPOSITORY / "Tests/NeedletailTokenizerTrainingTests/Fixtures"
TOKENIZERS = REPOSITORY / "Tests/NeedletailTokenizersTests/Fixtures"
LINES = 700
TRAINERS = {"BPE": trainers.BpeTrainer, "WordPiece": trainers.WordPieceTrainer, "WordLevel": trainers.WordLevelTrainer}


def lines():
    """Some of the lines that other fixtures are trained on, and words of few letters in which merges meet."""
    generator = random.Random(11)
    text = training_text()
    rows = [row for row in text[:40] if len(row) < 200] + generator.sample(text[200:], LINES)
    for letters in ["ab", "aβc", "xyz"]:
        for _ in range(15):
            rows.append(" ".join("".join(generator.choices(letters, k=generator.randint(1, 12))) for _ in range(6)))
    rows = [row.replace("\n", " ").replace("\0", " ").replace("\ufeff", "") for row in rows]
    return [row.encode("utf-8", "replace").decode() for row in rows]


def tokenizer(model, normalizer=None, pre_tokenizer=None, decoder=None):
    result = Tokenizer(model)
    if normalizer: result.normalizer = normalizer
    if pre_tokenizer: result.pre_tokenizer = pre_tokenizer
    if decoder: result.decoder = decoder
    return result


def bert(lowercase):
    return tokenizer(
        models.WordPiece(unk_token="[UNK]"), normalizers.BertNormalizer(lowercase=lowercase),
        pre_tokenizers.BertPreTokenizer(), decoders.WordPiece())


def byte_level():
    return tokenizer(models.BPE(), None, pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel())


def words(**options):
    return tokenizer(models.BPE(unk_token="[UNK]", **options), None, pre_tokenizers.WhitespaceSplit())


def affixed(empty, texts, prefix, suffix):
    """All symbols with a prefix or suffix that training will number, in order."""
    found = set()
    for text in texts:
        if empty.normalizer: text = empty.normalizer.normalize_str(text)
        for word, _ in empty.pre_tokenizer.pre_tokenize_str(text):
            for place, character in enumerate(word):
                symbol = (prefix if place else "") + character + (suffix if place == len(word) - 1 else "")
                if symbol != character: found.add(symbol)
    return sorted(found)


def recipe(empty):
    """The tokenizer.json of a tokenizer that is not trained yet."""
    state = json.loads(empty.to_str())
    state["model"].pop("vocab")
    state["model"].pop("merges", None)
    return state


def trained(empty, texts, options):
    """What the trainer of the reference library makes, with our names of the options."""
    state = json.loads(empty.to_str())["model"]
    settings = {"vocab_size": options["vocab_size"], "min_frequency": options.get("min_frequency", 0)}
    settings["special_tokens"] = options.get("special_tokens", [])
    if state["type"] != "WordLevel":
        for key in ["limit_alphabet", "initial_alphabet", "max_token_length"]:
            if options.get(key) is not None: settings[key] = options[key]
        for key in ["continuing_subword_prefix", "end_of_word_suffix"]:
            if state.get(key): settings[key] = state[key]
    empty.train_from_iterator(texts, TRAINERS[state["type"]](show_progress=False, **settings))
    return empty


def cases(texts):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["[PAD]", "[UNK]"]
    plain = {"special_tokens": special}
    yield "bert-uncased", bert(True), {"vocab_size": 400, "special_tokens": special + affixed(bert(True), texts, "##", "")}
    yield "bert-cased", bert(False), {
        "vocab_size": 500, "min_frequency": 5, "special_tokens": special + affixed(bert(False), texts, "##", "")}
    yield "bert-tiny", bert(True), {"vocab_size": 1, "special_tokens": special + affixed(bert(True), texts, "##", "")}
    yield "byte-level", byte_level(), {"vocab_size": 520, "special_tokens": ["<s>"], "initial_alphabet": alphabet}
    yield "byte-level-seen", byte_level(), {"vocab_size": 300, "special_tokens": []}
    yield "llama3", tokenizer(models.BPE(ignore_merges=True), None, pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA_3), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), decoders.ByteLevel()), {
            "vocab_size": 450, "special_tokens": ["<|end|>"], "initial_alphabet": alphabet}
    for size in [0, 30, 300, 5000]:
        yield f"words-{size}", words(), {"vocab_size": size, **plain}
    yield "words-frequent", words(), {"vocab_size": 5000, "min_frequency": 40, **plain}
    yield "words-limited", words(fuse_unk=True), {"vocab_size": 300, "limit_alphabet": 20, **plain}
    yield "words-without", words(), {"vocab_size": 300, "limit_alphabet": 0, **plain}
    yield "words-special", words(), {"vocab_size": 250, "special_tokens": ["[UNK]", "th", "a", "ab", "[UNK]", "the"]}
    yield "words-alphabet", words(), {"vocab_size": 250, "initial_alphabet": ["ß", "Ω", "a"], **plain}
    for length in [1, 3, 4, 6]:
        yield f"words-short-{length}", words(), {"vocab_size": 300, "max_token_length": length, **plain}
    affixes = words(continuing_subword_prefix="@@", end_of_word_suffix="</w>")
    symbols = affixed(affixes, texts, "@@", "</w>")
    yield "words-affixed", affixes, {"vocab_size": len(symbols) + 300, "special_tokens": special + symbols}
    yield "clip", tokenizer(
        models.BPE(unk_token="<end>", end_of_word_suffix="</w>"),
        normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
        pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])), {
                "vocab_size": 700, "initial_alphabet": alphabet, "special_tokens": ["<end>"] + [c + "</w>" for c in alphabet]}
    yield "metaspace", tokenizer(
        models.BPE(unk_token="[UNK]", fuse_unk=True), normalizers.NFKC(), pre_tokenizers.Metaspace(), decoders.Metaspace()), {
            "vocab_size": 400, **plain}
    yield "whole-lines", tokenizer(models.BPE(unk_token="[UNK]")), {"vocab_size": 350, **plain}
    yield "wordlevel", tokenizer(models.WordLevel(unk_token="[UNK]"), None, pre_tokenizers.Whitespace()), {
        "vocab_size": 120, **plain}
    yield "wordlevel-frequent", tokenizer(models.WordLevel(unk_token="[UNK]"), None, pre_tokenizers.Whitespace()), {
        "vocab_size": 1000, "min_frequency": 30, **plain}


def listed(state):
    """Tokens by id, and merges."""
    tokens = [token for token, _ in sorted(state["model"]["vocab"].items(), key=lambda item: item[1])]
    return {"tokens": tokens, "merges": state["model"].get("merges")}


def golden(name, empty, texts, options):
    before = recipe(empty)
    after = trained(empty, texts, options)
    state = json.loads(after.to_str())
    samples = texts[20:200:30] + ["Zoë retrieves 127 small black wings.", "xyzzy 🙂"]
    known = name != "words-without"
    return {
        "name": name, "recipe": before, "options": options, **listed(state),
        "added": [[token["content"], token["id"]] for token in state["added_tokens"]],
        "texts": samples if known else [], "ids": [after.encode(text).ids for text in samples] if known else []}


def retrained(name, texts, size, new):
    """What transformers makes of one of our fixtures, trained anew."""
    from transformers import PreTrainedTokenizerFast

    old = PreTrainedTokenizerFast(tokenizer_file=str(TOKENIZERS / f"{name}.tokenizer.json"))
    again = old.train_new_from_iterator(texts, size, new_special_tokens=new, show_progress=False)
    state = json.loads(again.backend_tokenizer.to_str())
    samples = texts[20:200:30]
    return {
        "name": name, "vocab_size": size, "special_tokens": new, **listed(state),
        "added": [[token["content"], token["id"]] for token in state["added_tokens"]],
        "post_processor": state["post_processor"], "texts": samples,
        "ids": [again.backend_tokenizer.encode(text).ids for text in samples]}


def write():
    texts = lines()
    made = [golden(name, empty, texts, options) for name, empty, options in cases(texts)]
    for case in made:
        assert case["name"] in ("words-0", "words-30", "words-without", "bert-tiny") or case["merges"] != [], case["name"]
    assert sum(case["merges"] is not None for case in made) > 15
    (FIXTURES / "training.txt").write_text("".join(text + "\n" for text in texts))
    write_json(FIXTURES / "training.golden.json", {
        **metadata(__file__, "tokenizers", "transformers"),
        **{case["name"]: case for case in made},
    })
    write_json(FIXTURES / "retraining.golden.json", {
        **metadata(__file__, "tokenizers", "transformers"),
        **{name: retrained(name, texts, size, new) for name, size, new in [
            ("roberta", 500, ["<new>"]), ("llama3", 450, []), ("gpt2", 400, ["<|new|>"])]},
    })


def compare(plan):
    """Trains as a file says and prints the model; tests run it beside our own trainer."""
    plan = json.loads(Path(plan).read_text())
    state = dict(plan["recipe"])
    state["model"] = {**state["model"], "vocab": {}, **({"merges": []} if state["model"]["type"] == "BPE" else {})}
    empty = Tokenizer.from_str(json.dumps(state))
    texts = []
    for name in plan["files"]:
        text = Path(name).read_bytes().decode("utf-8", "replace")
        if name.endswith(".jsonl"):
            rows = [json.loads(row) for row in text.split("\n") if row.strip()]
            texts += [row if isinstance(row, str) else row["text"] for row in rows]
        else:
            texts += [line for line in text.replace("\n", "\n\1").split("\1") if line]
    options = plan["options"]
    if plan.get("byte_alphabet"): options["initial_alphabet"] = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = state["model"]
    prefix, suffix = model.get("continuing_subword_prefix") or "", model.get("end_of_word_suffix") or ""
    if prefix or suffix:
        options["special_tokens"] = options.get("special_tokens", []) + affixed(empty, texts, prefix, suffix)
    after = trained(empty, texts, options)
    print(json.dumps({**listed(json.loads(after.to_str())), "special_tokens": options.get("special_tokens", [])}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]: compare(sys.argv[2])
    else: write()
