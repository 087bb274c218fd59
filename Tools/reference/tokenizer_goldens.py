"""Writes Tests/NeedletailTokenizersTests/Fixtures: small tokenizers with every supported component, texts, and what the
reference library makes of them; and what it makes of the texts with the real all-MiniLM-L6-v2.

    python Tools/reference/tokenizer_goldens.py MINILM/tokenizer.json
"""

import json
import pathlib
import random
import sys

import tokenizers
from tokenizer_texts import ODD_TEXTS, random_text

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/NeedletailTokenizersTests/Fixtures"

BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """the a an and of to in is was it for on with as at by from this that fox quick brown jumps over lazy dog swift
flight bird play playing un able ing ed er est ly don't o'clock hello world Hello World straße café cafe\u0301 Äpfel naïve
ΑΣ ας σας И й и\u0306 가 각 ᄀ ᅡ ᆨ か\u3099 が 中 文 国 ไทย हिन्दी עברית العربية 𠀀 😀 ﬁ ﬀ ½ ① 1 2 3 10 2024 x y z i\u0307 İ ı ſ ß ẞ""".split()
PIECES = "s ing ed er est ly ion al able th e a o \u0301 \u0308 文 가 각 ᅡ ᆨ 1 2 0 4 ^ σ ς".split()


def vocabulary(prefix):
    tokens = list(BERT_SPECIAL)
    letters = [chr(c) for c in range(0x21, 0x7F)] + [chr(c) for c in range(0xA1, 0x180, 3)]
    letters += [chr(c) for c in range(0x3B1, 0x3CA)] + [chr(c) for c in range(0x430, 0x450)] + ["▁", "\u0300", "\u0307"]
    for token in [*WORDS, *letters, *(prefix + piece for piece in [*PIECES, *letters])]:
        if token not in tokens:
            tokens.append(token)
    return {token: index for index, token in enumerate(tokens)}


def added(content, identifier, **flags):
    return {"id": identifier, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": False, **flags}


def bert(**options):
    return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
            "lowercase": True, **options}


def word_piece(prefix="##", limit=100):
    return {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": prefix,
            "max_input_chars_per_word": limit, "vocab": vocabulary(prefix)}


def sequence(kind, *stages):
    return {"type": "Sequence", kind: list(stages)}


def special(name, ids=(2,)):
    return {"id": name, "ids": list(ids), "tokens": [BERT_SPECIAL[i] for i in ids]}


def template(second_type):
    def token(name, type_id):
        return {"SpecialToken": {"id": name, "type_id": type_id}}

    def text(name, type_id):
        return {"Sequence": {"id": name, "type_id": type_id}}

    return {
        "type": "TemplateProcessing",
        "single": [token("open", 0), text("A", 0), token("[SEP]", 0)],
        "pair": [token("open", 0), text("A", 0), token("[SEP]", 3), text("B", second_type), token("[SEP]", second_type)],
        "special_tokens": {"open": special("open", (2, 4)), "[SEP]": special("[SEP]", (3,))},
    }


def specification(model, normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None, extra=()):
    tokens = [added(token, index, special=True) for index, token in enumerate(BERT_SPECIAL)]
    size = len(model["vocab"])
    tokens += [added(content, size + index, **flags) for index, (content, flags) in enumerate(extra)]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model}


CLS_SEP = {"sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
BERT_SPLIT = {"type": "BertPreTokenizer"}
BERT_ENDS = {"type": "BertProcessing", **CLS_SEP}
DECODER = {"type": "WordPiece", "prefix": "##", "cleanup": True}
EXTRA = [
    ("<tag>", {}), ("<tag>s", {}), ("<wide>", {"lstrip": True, "rstrip": True}), ("<left>", {"lstrip": True, "special": True}),
    ("<right>", {"rstrip": True}), ("word", {"single_word": True, "normalized": True}), ("Größe", {"normalized": True}),
    ("two  words", {"normalized": True, "lstrip": True}), ("\u00e9t\u00e9", {"normalized": False, "single_word": True}),
]

TOKENIZERS = {
    "bert-uncased": specification(word_piece(), bert(), BERT_SPLIT, BERT_ENDS, DECODER),
    "bert-cased": specification(word_piece(), bert(lowercase=False), BERT_SPLIT, BERT_ENDS, DECODER),
    "bert-accents": specification(word_piece(), bert(strip_accents=False), BERT_SPLIT, template(1), DECODER),
    "bert-raw": specification(
        word_piece(), bert(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False), BERT_SPLIT,
        template(0), DECODER),
    "bert-added": specification(word_piece(), bert(), BERT_SPLIT, BERT_ENDS, DECODER, EXTRA),
    "bert-tags": specification(word_piece(), bert(), BERT_SPLIT, BERT_ENDS, DECODER, EXTRA[:2]),
    "nfc-replace": specification(
        word_piece(),
        sequence("normalizers", {"type": "NFC"}, {"type": "Strip", "strip_left": True, "strip_right": True},
                 {"type": "Replace", "pattern": {"String": "ab"}, "content": "x yz"},
                 {"type": "Replace", "pattern": {"String": "o"}, "content": ""}, {"type": "Prepend", "prepend": "▁e"}),
        {"type": "Whitespace"}, template(0), {"type": "WordPiece", "prefix": "##", "cleanup": False}),
    "nfd-accents": specification(
        word_piece(limit=6), sequence("normalizers", {"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}),
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "MergedWithPrevious"},
                 {"type": "Digits", "individual_digits": True}), template(1)),
    "nfkc-levels": specification(
        {"type": "WordLevel", "unk_token": "[UNK]", "vocab": vocabulary("##")}, {"type": "NFKC"},
        sequence("pretokenizers", {"type": "Punctuation", "behavior": "Contiguous"},
                 {"type": "Digits", "individual_digits": False}, {"type": "WhitespaceSplit"}),
        {"type": "RobertaProcessing", **CLS_SEP, "trim_offsets": True, "add_prefix_space": True}),
    "nfkd-spaces": specification(
        word_piece("@@", 8), {"type": "NFKD"},
        sequence("pretokenizers", {"type": "Punctuation", "behavior": "MergedWithNext"}, {"type": "Digits", "individual_digits": True}),
        {"type": "RobertaProcessing", **CLS_SEP, "trim_offsets": True, "add_prefix_space": False},
        {"type": "WordPiece", "prefix": "@@", "cleanup": True}),
    "punctuation-removed": specification(
        word_piece(), sequence("normalizers", {"type": "Strip", "strip_left": False, "strip_right": True}, bert(strip_accents=False)),
        {"type": "Punctuation", "behavior": "Removed"},
        {"type": "RobertaProcessing", **CLS_SEP, "trim_offsets": False, "add_prefix_space": True}),
    "bare": specification({"type": "WordLevel", "unk_token": "[UNK]", "vocab": vocabulary("##")}, extra=EXTRA),
}


def plain(encoding, nested=True):
    row = {"ids": encoding.ids, "tokens": encoding.tokens, "offsets": [list(span) for span in encoding.offsets],
           "word_ids": encoding.word_ids, "type_ids": encoding.type_ids, "special": encoding.special_tokens_mask}
    if nested:
        row["overflowing"] = [plain(part, False) for part in encoding.overflowing]
    return row


def truncations():
    for direction in ("right", "left"):
        for strategy in ("longest_first", "only_first", "only_second"):
            for length, stride in ((3, 0), (4, 0), (7, 0), (7, 2), (9, 1), (64, 0)):
                yield {"max_length": length, "stride": stride, "direction": direction, "strategy": strategy}


def cases(tokenizer, texts, generator):
    rows = []
    tokenizer.no_padding()
    tokenizer.no_truncation()
    for text in texts:
        rows.append({"text": text, **plain(tokenizer.encode(text))})
    for special_tokens in (True, False):
        for _ in range(6):
            text, pair = generator.sample(texts, 2)
            rows.append({"text": text, "pair": pair, "add_special": special_tokens,
                         **plain(tokenizer.encode(text, pair, add_special_tokens=special_tokens))})
    short = [text for text in texts if 3 <= len(text) <= 60]
    for truncation in truncations():
        for pair in (None, generator.choice(short)):
            text = generator.choice(short)
            try:
                tokenizer.enable_truncation(**truncation)
                encoding = tokenizer.encode(text, pair)
            except BaseException as error:  # the library panics where it should complain
                if isinstance(error, KeyboardInterrupt):
                    raise
                rows.append({"text": text, "pair": pair, "truncation": truncation, "error": True})
                continue
            specials = tokenizer.num_special_tokens_to_add(pair is not None)
            if specials > truncation["max_length"]:
                continue  # the library's subtraction wraps around; ours is an error
            rows.append({"text": text, "pair": pair, "truncation": truncation, **plain(encoding)})
    tokenizer.no_truncation()
    decodings = []
    size = tokenizer.get_vocab_size()
    for _ in range(40):
        ids = [generator.randrange(size + 2) for _ in range(generator.randint(0, 12))]
        skip = generator.random() < 0.5
        decodings.append({"ids": ids, "skip": skip, "text": tokenizer.decode(ids, skip_special_tokens=skip)})
    for text in generator.sample(texts, 20):
        ids = tokenizer.encode(text).ids
        decodings.append({"ids": ids, "skip": True, "text": tokenizer.decode(ids)})
    return {"encodings": rows, "decodings": decodings}


def write(name, value):
    FIXTURES.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    (FIXTURES / name).write_text(text + "\n")
    print(f"{name}: {len(text)} bytes")


def main():
    generator = random.Random(2)
    words = list(vocabulary("##")) + [content for content, _ in EXTRA]
    for name, specification_ in TOKENIZERS.items():
        write(f"{name}.tokenizer.json", specification_)
        tokenizer = tokenizers.Tokenizer.from_file(str(FIXTURES / f"{name}.tokenizer.json"))
        texts = generator.sample(ODD_TEXTS, 90) + [random_text(generator, words)[:120] for _ in range(40)]
        write(f"{name}.golden.json", {"tokenizers": tokenizers.__version__, **cases(tokenizer, texts, generator)})
    real = tokenizers.Tokenizer.from_file(sys.argv[1])
    words = list(real.get_vocab())
    texts = ODD_TEXTS + [random_text(generator, words)[:100] for _ in range(420 - len(ODD_TEXTS))]
    write("minilm.golden.json", {"tokenizers": tokenizers.__version__, **cases(real, texts, generator)})


if __name__ == "__main__":
    main()
