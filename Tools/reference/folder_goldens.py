"""Writes model folders with older tokenizer files, and what transformers makes of texts with them.

    python Tools/reference/folder_goldens.py                  # fixtures into Tests/NeedletailTokenizersTests/Fixtures
    python Tools/reference/folder_goldens.py --fuzz PROGRAM [--count 2000] [NAME...]

Every folder is loaded by `AutoTokenizer.from_pretrained` of transformers as pinned in requirements.txt, which builds its
pipeline from the files; the fixture holds the files and what that pipeline gives. The second form compares a program
(`PROGRAM tokenize --tokenizer FOLDER/ --json --input ROWS.jsonl`) on random texts.
"""

import base64
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import transformers
from tokenizer_goldens import FIXTURES, cases, plain, write
from tokenizer_texts import ODD_TEXTS, random_text
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoTokenizer
from unigram_goldens import MARK, sentences, smaller, train

transformers.logging.set_verbosity_error()
TEXTS = sentences(random.Random(8), 1200)
PLAIN = [text for text in TEXTS if max(map(ord, text)) < 0x250]


def words(special, size=420, lowercase=True):
    """The text of a vocab.txt."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=special[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    texts = [text.lower() for text in TEXTS] if lowercase else TEXTS
    tokenizer.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, limit_alphabet=150, show_progress=False))
    vocabulary = tokenizer.get_vocab()
    return "".join(f"{token}\n" for token in sorted(vocabulary, key=vocabulary.get))


def byte_pairs(special, size=420):
    """The texts of a vocab.json and a merges.txt."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(
        TEXTS, trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return {"vocab.json": json.dumps(model["vocab"], ensure_ascii=False), "merges.txt": "\n".join(["#version: 0.2", *merges, ""])}


def pieces(kind="unigram", **options):
    return train(PLAIN, options.pop("size", 600), options.pop("normalization", "nmt_nfkc"), False, model_type=kind, **options)


BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def flagged(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, **flags}


def typed(content, **flags):
    return {"__type": "AddedToken", **flagged(content, **flags)}


def converted(files, name):
    """The tokenizer.json that transformers saves of a folder, without the other files."""
    with tempfile.TemporaryDirectory() as folder:
        save(folder, files)
        return AutoTokenizer.from_pretrained(folder)._tokenizer.to_str()


def save(folder, files):
    for name, content in files.items():
        file = pathlib.Path(folder, name)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content))


def config(class_name=None, **values):
    return {"tokenizer_config.json": {**({"tokenizer_class": class_name} if class_name else {}), **values}}


def model(model_type, **values):
    return {"config.json": {"model_type": model_type, **values}}


def folders():
    uncased, cased = words(BERT), words(["<unk>", *BERT], lowercase=False)
    gpt2, roberta = byte_pairs(["<|endoftext|>"]), byte_pairs(ROBERTA)
    plain_pieces = pieces()
    t5 = pieces(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    albert = pieces(
        pad_id=0, unk_id=1, bos_id=2, eos_id=3, pad_piece="<pad>", bos_piece="[CLS]", eos_piece="[SEP]",
        user_defined_symbols=["[MASK]"])
    deberta = pieces(
        pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
    llama = pieces("bpe", normalization="identity", byte_fallback=True, split_digits=True, size=800,
                   allow_whitespace_only_pieces=True, remove_extra_whitespaces=False, user_defined_symbols=["<tag>"])
    gemma = pieces("bpe", normalization="identity", byte_fallback=True, size=800, pad_id=0, eos_id=1, bos_id=2, unk_id=3,
                   pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>", user_defined_symbols=["<mask>", "  "],
                   add_dummy_prefix=False, remove_extra_whitespaces=False)
    xlnet = pieces(bos_id=1, eos_id=2, control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"])
    vocab = {"vocab.txt": uncased}
    tables = {
        "bert": {**vocab, **model("bert")},
        "bert-spaces": {"vocab.txt": uncased.replace("\nthe\n", "\nthe \t\n").replace("\n", "\r\n"), **model("bert")},
        "bert-cased": {"vocab.txt": cased, **config(
            "BertTokenizerFast", do_lower_case=False, strip_accents=None, tokenize_chinese_chars=False,
            never_split=["Hello"], model_max_length=64, unk_token="<unk>", padding_side="left")},
        "bert-accents": {**vocab, **config("DistilBertTokenizer", strip_accents=False), **model("distilbert")},
        "bert-map": {
            "vocab.txt": cased, **config(
                "ElectraTokenizer", do_lower_case=False, strip_accents=True, cls_token="[MASK]", sep_token="[PAD]",
                additional_special_tokens=["<one>", "<two>"]),
            "special_tokens_map.json": {
                "cls_token": "[CLS]", "sep_token": flagged("[SEP]", rstrip=True), "unk_token": "[UNK]",
                "mask_token": flagged("<mask>", lstrip=True)},
            "added_tokens.json": {"<mask>": 420, "Größe": 421, "<one>": 422}},
        "bert-decoder": {
            **vocab, **config(
                "BertTokenizer", cls_token=typed("[CLS]"), mask_token="[MASK]", bos_token="<begin>",
                extra_special_tokens=["<three>"], additional_special_tokens=["<one>"],
                added_tokens_decoder={
                    "4": flagged("[MASK]", lstrip=True, special=True), "0": flagged("[PAD]", special=True),
                    "420": flagged("tag", single_word=True, normalized=True, special=False),
                    "421": flagged("<wide>", lstrip=True, rstrip=True, special=True)}),
            "special_tokens_map.json": {"cls_token": "[PAD]", "mask_token": "[UNK]"},
            "added_tokens.json": {"<ignored>": 430}},
        "mpnet": {"vocab.txt": words(["<s>", "<pad>", "</s>", "<unk>", "[UNK]"]), **model("mpnet"), **config("MPNetTokenizer")},
        "mpnet-flags": {"vocab.txt": words([*ROBERTA, "[UNK]"]), **config(
            "MPNetTokenizer", do_lower_case=False, mask_token=typed("<mask>", rstrip=True), cls_token="<pad>")},
        "roberta": {**roberta, **model("roberta")},
        "roberta-prefix": {**roberta, **config(
            "RobertaTokenizer", add_prefix_space=True, trim_offsets=False, mask_token=typed("<mask>", lstrip=True),
            pad_token="<padding>", model_max_length=512)},
        "bart": {**roberta, **config("BartTokenizer", additional_special_tokens=["<one>", "the"]), **model("bart")},
        "longformer": {**roberta, **model("longformer"), "special_tokens_map.json": {
            "mask_token": flagged("<mask>", lstrip=True, normalized=True), "cls_token": "<s>", "sep_token": "<mask>"}},
        "gpt2": {**gpt2, **config("GPT2Tokenizer"), **model("gpt2")},
        "gpt2-begin": {**gpt2, **config(
            "GPT2TokenizerFast", add_bos_token=True, add_prefix_space=True, pad_token="<pad>", bos_token="<begin>")},
        "deberta": {**byte_pairs(BERT), **model("deberta"), **config("DebertaTokenizer", mask_token=typed("[MASK]", lstrip=True))},
        "xlm-roberta": {"sentencepiece.bpe.model": plain_pieces, **model("xlm-roberta")},
        "xlm-roberta-flags": {"sentencepiece.bpe.model": plain_pieces, **config(
            "XLMRobertaTokenizer", add_prefix_space=False, mask_token=typed("<mask>", lstrip=True),
            additional_special_tokens=["<one>"], sep_token="<sep>", cls_token="<cls>")},
        "camembert": {"sentencepiece.bpe.model": plain_pieces, **model("camembert")},
        "t5": {"spiece.model": t5, **model("t5")},
        "t5-few": {"spiece.model": t5, **config("T5Tokenizer", extra_ids=3, extra_special_tokens=["<one>"])},
        "albert": {"spiece.model": albert, **model("albert")},
        "albert-cased": {"spiece.model": albert, **config(
            "AlbertTokenizer", do_lower_case=False, keep_accents=True, mask_token=typed("[MASK]", lstrip=True),
            add_prefix_space=False)},
        "deberta-v2": {"spm.model": deberta, **model("deberta-v2"), **config("DebertaV2Tokenizer")},
        "deberta-v2-lower": {"spm.model": deberta, **config(
            "DebertaV2Tokenizer", do_lower_case=True, split_by_punct=True, add_prefix_space=False)},
        "xlnet": {"spiece.model": xlnet, **model("xlnet")},
        "xlnet-lower": {"spiece.model": xlnet, **config("XLNetTokenizer", do_lower_case=True, additional_special_tokens=[])},
        "llama": {"tokenizer.model": llama, **config(
            "LlamaTokenizer", add_bos_token=True, add_eos_token=False, legacy=False, bos_token=typed("<s>", normalized=True),
            pad_token=None, unk_token=typed("<unk>"))},
        "llama-older": {"tokenizer.model": llama, **config(
            "LlamaTokenizer", add_bos_token=True, add_eos_token=True, legacy=True, pad_token="[PAD]")},
        "llama-bare": {"tokenizer.model": llama, **config("LlamaTokenizerFast", add_prefix_space=False)},
        "gemma": {"tokenizer.model": gemma, **config("GemmaTokenizer", add_bos_token=True), **model("gemma")},
        "mistral": {"tokenizer.model": llama, **config("PreTrainedTokenizerFast", add_bos_token=True), **model("stablelm")},
        "generic-unigram": {"tokenizer.model": pieces(byte_fallback=True, size=800), **config("PreTrainedTokenizerFast"), **model("umt5")},
    }
    # A tokenizer.json beside settings that say something else.
    tables["json-bert"] = {
        "tokenizer.json": converted(tables["bert"], "bert"), **config(
            "BertTokenizer", do_lower_case=False, cls_token="[SEP]", mask_token="[NEW]", add_bos_token=True)}
    tables["json-roberta"] = {
        "tokenizer.json": converted(tables["roberta"], "roberta"), **config(
            "RobertaTokenizer", add_prefix_space=True, trim_offsets=False, additional_special_tokens=["<one>"])}
    tables["json-gpt2"] = {
        "tokenizer.json": converted(tables["gpt2-begin"], "gpt2"), **config("GPT2Tokenizer", add_eos_token=True)}
    tables["json-xlm-roberta"] = {
        "tokenizer.json": converted(tables["xlm-roberta"], "xlm"), **config("XLMRobertaTokenizer", add_prefix_space=False)}
    tables["json-t5"] = {"tokenizer.json": converted(tables["t5"], "t5"), **config("T5Tokenizer", extra_ids=100)}
    tables["json-albert"] = {
        "tokenizer.json": converted(tables["albert"], "albert"), **config("AlbertTokenizer", do_lower_case=False)}
    tables["json-deberta-v2"] = {
        "tokenizer.json": converted(tables["deberta-v2"], "d"), **config("DebertaV2Tokenizer", do_lower_case=True)}
    tables["json-llama"] = {
        "tokenizer.json": converted(tables["llama"], "llama"), **config(
            "LlamaTokenizer", add_prefix_space=False, add_bos_token=False, pad_token="<pad>")}
    tables["json-literal"] = {
        "tokenizer.json": converted(tables["bert"], "bert"), **config(
            "PreTrainedTokenizerFast", do_lower_case=False, mask_token="[NEW]", pad_token=typed("[PAD]", lstrip=True)),
        "special_tokens_map.json": {"eos_token": "<end>"}}
    tables["json-decoder"] = {
        "tokenizer.json": converted(tables["bert-map"], "bert"), **config(
            "PreTrainedTokenizerFast", add_bos_token=True, bos_token="[CLS]", added_tokens_decoder={
                "5": flagged("[MASK]", rstrip=True, special=True)})}
    return tables


def texts(tokenizer, generator, count):
    vocabulary = [token.replace(MARK, " ").replace("\u0120", " ") for token in tokenizer.get_vocab()]
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    rows = []
    for _ in range(count):
        text = random_text(generator, vocabulary + special * 3)
        while generator.random() < 0.4:
            at = generator.randint(0, len(text))
            text = text[:at] + generator.choice(["", " ", "  "]) + generator.choice(special) + generator.choice(["", " ", "\n"]) + text[at:]
        rows.append(text)
    return rows


def fuzz(program, name, files, count):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        save(folder, files)
        tokenizer = AutoTokenizer.from_pretrained(folder)._tokenizer
        tokenizer.no_padding()
        tokenizer.no_truncation()
        generator = random.Random(name)
        single = ODD_TEXTS + texts(tokenizer, generator, count)
        rows = single + [{"text": text, "pair": generator.choice(single)} for text in single[::4]]
        for row in rows:
            file.write(json.dumps(row) + "\n")
        file.flush()
        output = subprocess.run(
            [program, "tokenize", "--tokenizer", folder + "/", "--json", "--input", file.name], capture_output=True)
        if output.returncode != 0:
            print(f"{name}: {program} failed: {output.stderr.decode()[:300]}")
            return 1
        different = 0
        for row, line in zip(rows, output.stdout.decode().split("\n")):
            found = json.loads(line)
            expected = plain(tokenizer.encode(*([row] if isinstance(row, str) else row.values())))
            expected["special_tokens_mask"] = expected.pop("special")
            keys = [key for key in expected if found.get(key) != expected[key]]
            if keys:
                different += 1
                if different < 3:
                    print(ascii(row)[:200], *[f"\n  {key}\n  expected {ascii(expected[key])[:300]}\n  found    {ascii(found[key])[:300]}" for key in keys[:3]])
        print(f"{name}: {len(rows)} compared, {different} different")
        return different


def main():
    tables = folders()
    if sys.argv[1:2] == ["--fuzz"]:
        arguments = sys.argv[3:]
        count = 2000
        if arguments[:1] == ["--count"]:
            count, arguments = int(arguments[1]), arguments[2:]
        sys.exit(any([fuzz(sys.argv[2], name, tables[name], count) for name in arguments or tables]))
    generator = random.Random(9)
    for name, files in tables.items():
        with tempfile.TemporaryDirectory() as folder:
            save(folder, files)
            tokenizer = AutoTokenizer.from_pretrained(folder)._tokenizer
        samples = generator.sample([text for text in ODD_TEXTS if len(text) <= 70], 25)
        samples += [text[:80] for text in texts(tokenizer, generator, 25)]
        found = cases(tokenizer, samples, generator)
        found["encodings"] = smaller(found["encodings"], 28_000)
        stored = {
            key: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes)
            else {"text": value if isinstance(value, str) else json.dumps(value)} for key, value in files.items()}
        write(f"folder-{name}.golden.json", {"transformers": transformers.__version__, "files": stored, **found})


if __name__ == "__main__":
    main()
