"""Writes small tokenizers of the SentencePiece kind, and what the reference libraries make of texts with them.

    python Tools/reference/unigram_goldens.py               # fixtures into Tests/NeedletailTokenizersTests/Fixtures
    python Tools/reference/unigram_goldens.py --full FOLDER # tokenizers alone, with the whole charsmaps and more pieces

Needs tokenizers and sentencepiece as pinned in requirements.txt. The models are trained here on sentences made of the
bundled vocabulary and the texts of tokenizer_texts.py. The fixtures' charsmaps hold a part of NFKC, to be small.
"""

import base64
import io
import json
import pathlib
import random
import sys
import tempfile
import unicodedata

import sentencepiece
import tokenizers
from sentencepiece import sentencepiece_model_pb2
from tokenizer_goldens import FIXTURES, added, cases, sequence, write
from tokenizer_texts import ODD_TEXTS, random_text
from tokenizers import models

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MARK = "\u2581"
WORDS = [
    word for word in (REPOSITORY / "Sources/CNeedletailAssets/bundled-vocab.txt").read_text().split("\n")
    if word.isalpha()
]


def sentences(generator, count):
    """Made-up sentences: frequent words more often, capitals, numbers, punctuation, and scripts of the odd texts."""
    rows = []
    for _ in range(count):
        words = [WORDS[min(int(generator.expovariate(1 / 900)), len(WORDS) - 1)] for _ in range(generator.randint(4, 14))]
        words[0] = words[0].capitalize()
        if generator.random() < 0.2:
            words.append(str(generator.randint(0, 3000)))
        if generator.random() < 0.1:
            words += generator.choice(ODD_TEXTS).split()[:6]
        rows.append(" ".join(words) + generator.choice([".", ".", "?", "!", ", and so on.", " (sic)"]))
    return rows + [text for text in ODD_TEXTS if text.strip() and "\0" not in text][:60:2]


def rules(folds):
    """A part of SentencePiece's nmt_nfkc rules, or of nmt_nfkc_cf, as its table of hexadecimal numbers."""
    table = {}
    ranges = [(0xA0, 0x180), (0x1C4, 0x1CD), (0x2000, 0x2060), (0x2100, 0x2140), (0x2460, 0x2474), (0x3000, 0x3001),
              (0xFB00, 0xFB07), (0xFF01, 0xFF5F), (0xFF66, 0xFFA0), (0xAC00, 0xAC20), (0xFDF2, 0xFDF3)]
    for low, high in ranges:
        for scalar in map(chr, range(low, high)):
            plain = unicodedata.normalize("NFKC", scalar)
            table[scalar] = plain.casefold() if folds else plain
            parts = unicodedata.normalize("NFD", scalar)
            if len(parts) == 2:
                table[parts] = table[scalar]
    if folds:
        for scalar in map(chr, [*range(0x41, 0x5B), *range(0x391, 0x3AA), *range(0x410, 0x430)]):
            table[scalar] = scalar.casefold()
    for scalar in "\t\n\x0c\r\u1680\u200b\u200e\u200f\u2028\u2029\ufeff\ufffd":
        table[scalar] = " "
    for scalar in [*map(chr, range(1, 9)), "\x0b", *map(chr, range(0x0E, 0x20)), "\x7f", "\u200d"]:
        table[scalar] = ""
    table["\u304b\u3099"] = "\u304c"
    table["\u1112\u1161\u11ab"] = "\ud55c"
    lines = [
        f"{' '.join(f'{ord(c):X}' for c in source)}\t{' '.join(f'{ord(c):X}' for c in target)}\n"
        for source, target in table.items() if source != target]
    return "".join(lines)


def train(texts, size, normalization, full, **options):
    """A SentencePiece model, serialised."""
    with tempfile.TemporaryDirectory() as folder:
        if full or normalization == "identity":
            options["normalization_rule_name"] = normalization
        else:
            table = pathlib.Path(folder, "rules.tsv")
            table.write_text(rules(normalization.endswith("_cf")))
            options["normalization_rule_tsv"] = str(table)
        buffer = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(**{
            "sentence_iterator": iter(texts), "model_writer": buffer, "vocab_size": size, "hard_vocab_limit": False,
            "character_coverage": 0.98, "num_threads": 1, "minloglevel": 2, "max_sentence_length": 100_000, **options})
    return buffer.getvalue()


def parsed(model):
    return sentencepiece_model_pb2.ModelProto.FromString(model)


def unigram(vocabulary, unknown, byte_fallback=False):
    return {"type": "Unigram", "unk_id": unknown, "vocab": vocabulary, "byte_fallback": byte_fallback}


def precompiled(proto):
    return {"type": "Precompiled",
            "precompiled_charsmap": base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()}


def runs(content):
    return {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": content}


def strip(left, right):
    return {"type": "Strip", "strip_left": left, "strip_right": right}


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def metaspace(scheme="always", split=True):
    return {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": split}


def template(single, pair, ids):
    def pieces(text):
        result = []
        for part in text.split():
            name, type_id = part.split(":")
            kind = "Sequence" if name in "AB" else "SpecialToken"
            result.append({kind: {"id": name, "type_id": int(type_id)}})
        return result

    names = {part.split(":")[0] for part in (single + " " + pair).split()} - {"A", "B"}
    return {"type": "TemplateProcessing", "single": pieces(single), "pair": pieces(pair),
            "special_tokens": {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in sorted(names)}}


def file(model, normalizer, pre_tokenizer, post_processor, decoder, extra):
    """A tokenizer.json; `extra` are the added tokens, at the ids that the vocabulary gives them or after its end."""
    ids = {piece: index for index, (piece, _) in enumerate(model["vocab"])}
    tokens, limit = [], len(ids)
    for content, flags in extra:
        if content in ids:
            tokens.append(added(content, ids[content], **flags))
        else:
            tokens.append(added(content, limit, **flags))
            limit += 1
    tokens.sort(key=lambda token: token["id"])
    ids.update({token["content"]: token["id"] for token in tokens})
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor(ids) if post_processor else None,
            "decoder": decoder, "model": model}


SPECIAL = {"special": True}
MASK = {"special": True, "lstrip": True}
WIDE = {"lstrip": True, "rstrip": True, "normalized": True}


def tokenizer_files(full):
    """The tokenizers by name, built as the converters of transformers build them."""
    generator = random.Random(3)
    texts = sentences(generator, 6000 if full else 1500)
    size = 4000 if full else 1000
    tables = {}

    # T5: pad, end, unknown, then pieces; sentinels counted down at the end.
    proto = parsed(train(
        texts, size, "nmt_nfkc", full, pad_id=0, eos_id=1, unk_id=2, bos_id=-1))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    sentinels = [(f"<extra_id_{n}>", SPECIAL) for n in reversed(range(10))]
    ends = [("<pad>", SPECIAL), ("</s>", SPECIAL), ("<unk>", SPECIAL)]
    tables["t5"] = file(
        unigram(pieces, 2), precompiled(proto),
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace()),
        lambda ids: template("A:0 </s>:0", "A:0 </s>:0 B:0 </s>:0", ids), metaspace(), ends + sentinels)
    tables["t5-newer"] = file(
        unigram(pieces, 2), sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)), metaspace(),
        lambda ids: template("A:0 </s>:0", "A:0 </s>:0 B:0 </s>:0", ids), metaspace(), ends + sentinels)

    # XLM-RoBERTa: four specials, then the pieces after SentencePiece's own three, then the mask.
    proto = parsed(train(texts, size + 200, "nmt_nfkc", full))
    pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]]
    pieces += [[piece.piece, piece.score] for piece in proto.pieces[3:]] + [["<mask>", 0.0]]
    ends = [("<s>", SPECIAL), ("<pad>", SPECIAL), ("</s>", SPECIAL), ("<unk>", SPECIAL), ("<mask>", MASK)]
    roberta = ("<s>:0 A:0 </s>:0", "<s>:0 A:0 </s>:0 </s>:0 B:0 </s>:0")
    tables["xlm-r"] = file(
        unigram(pieces, 3), sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)), metaspace(),
        lambda ids: template(*roberta, ids), metaspace(), ends)
    tables["xlm-r-older"] = file(
        unigram(pieces, 3), precompiled(proto),
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": MARK, "add_prefix_space": True}),
        lambda ids: template(*roberta, ids), {"type": "Metaspace", "replacement": MARK, "add_prefix_space": True}, ends)
    tables["metaspace-first"] = file(
        unigram(pieces, 3), precompiled(proto), metaspace("first"), None, metaspace("first"),
        ends + [("<tag>", {}), ("<wide>", WIDE), ("WORD", {"single_word": True, "normalized": True})])
    tables["metaspace-never"] = file(
        unigram(pieces, 3), sequence("normalizers", {"type": "Nmt"}, {"type": "NFKC"}), metaspace("never"), None,
        metaspace("never"), ends + [("<wide>", WIDE)])

    # CamemBERT: fairseq's specials in front, the unknown token among them.
    pieces = [["<s>NOTUSED", 0.0], ["<pad>", 0.0], ["</s>NOTUSED", 0.0], ["<unk>", 0.0], ["<unk>NOTUSED", -100.0]]
    pieces += [[piece.piece, piece.score] for piece in proto.pieces[1:]] + [["<mask>", 0.0]]
    tables["camembert"] = file(
        unigram(pieces, 3), sequence("normalizers", precompiled(proto), strip(False, True), runs(MARK)), metaspace(),
        lambda ids: template(*roberta, ids), metaspace(),
        [("<s>", SPECIAL), ("<pad>", SPECIAL), ("</s>", SPECIAL), ("<unk>", SPECIAL), ("<mask>", MASK),
         ("<s>NOTUSED", SPECIAL), ("</s>NOTUSED", SPECIAL)])

    # ALBERT: lowercased, quotes and accents folded.
    folded = [unicodedata.normalize("NFKD", text).lower() for text in texts]
    folded = ["".join(c for c in text if not unicodedata.combining(c)) for text in folded]
    proto = parsed(train(
        folded, size, "nmt_nfkc", full, pad_id=0, unk_id=1, bos_id=2, eos_id=3, pad_piece="<pad>", bos_piece="[CLS]",
        eos_piece="[SEP]", user_defined_symbols=["[MASK]"]))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    bert = ("[CLS]:0 A:0 [SEP]:0", "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1")
    tables["albert"] = file(
        unigram(pieces, 1),
        sequence("normalizers", replace("``", '"'), replace("''", '"'), {"type": "NFKD"}, {"type": "StripAccents"},
                 {"type": "Lowercase"}, precompiled(proto), runs(" ")),
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace()),
        lambda ids: template(*bert, ids), metaspace(),
        [("<pad>", SPECIAL), ("<unk>", SPECIAL), ("[CLS]", SPECIAL), ("[SEP]", SPECIAL), ("[MASK]", MASK)])

    # DeBERTa v3: BERT's names, stripped on both sides.
    proto = parsed(train(
        texts, size, "nmt_nfkc", full, pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]",
        eos_piece="[SEP]", unk_piece="[UNK]"))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    tables["deberta-v3"] = file(
        unigram(pieces, 3), sequence("normalizers", strip(True, True), precompiled(proto), runs(" ")),
        sequence("pretokenizers", metaspace()), lambda ids: template(*bert, ids), metaspace(),
        [("[PAD]", SPECIAL), ("[CLS]", SPECIAL), ("[SEP]", SPECIAL), ("[UNK]", {"special": True, "normalized": True}),
         ("[MASK]", {})])

    # Without white space rules of its own: byte fallback, spaces marked by normalizers.
    proto = parsed(train(texts, size + 300, "identity", full, byte_fallback=True, character_coverage=0.98))
    pieces = [[piece.piece, piece.score] for piece in proto.pieces]
    decoder = sequence("decoders", replace(MARK, " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                       {"type": "Strip", "content": " ", "start": 1, "stop": 0})
    ends = [("<unk>", SPECIAL), ("<s>", SPECIAL), ("</s>", SPECIAL)]
    tables["byte-fallback"] = file(
        unigram(pieces, 0, True), sequence("normalizers", {"type": "Prepend", "prepend": MARK}, replace(" ", MARK)), None,
        lambda ids: template("<s>:0 A:0", "<s>:0 A:0 <s>:1 B:1", ids), decoder, ends)
    tables["metaspace-whole"] = file(
        unigram(pieces, 0, True), None, metaspace("first", False), None,
        sequence("decoders", {"type": "ByteFallback"}, metaspace("first", False)), ends)

    # Scores that make the unknown run a token, and decoders of other families.
    vocabulary = [["<unk>", 0.0], ["a", -1.0], ["b", -2.5], ["ab", -3.0], ["xxx", -90.0], [MARK, -2.0], ["<0x78>", -9.0]]
    vocabulary += [[c, -5.0] for c in "cdefghijkl|'"] + [["abab", -6.0], [MARK + "a", -3.0], ["th", -7.0], ["e</w>", -8.0]]
    tables["odd-scores"] = file(
        unigram(vocabulary, 0, True), None, metaspace("always"), None,
        {"type": "CTC", "pad_token": "a", "word_delimiter_token": "|", "cleanup": True}, [("<unk>", SPECIAL)])
    tables["byte-normalizer"] = file(
        unigram([["<unk>", 0.0]] + [[c, -float(n)] for n, c in enumerate("\u0120aeiou\u00c3\u00a9tnsr")], 0),
        {"type": "ByteLevel"}, {"type": "WhitespaceSplit"}, None, {"type": "BPEDecoder", "suffix": "a"},
        [("<unk>", SPECIAL)])
    return tables


def piece_models(full):
    """SentencePiece models by name, serialised."""
    generator = random.Random(4)
    texts = sentences(generator, 1500)
    size = 1000
    return {
        "spm-plain": train(texts, size, "nmt_nfkc", full),
        "spm-folded": train(texts, size, "nmt_nfkc_cf", full, pad_id=3, user_defined_symbols=["<sep>", "New York", "ab"]),
        "spm-bytes": train(texts, size + 256, "identity", full, byte_fallback=True, character_coverage=0.98),
        "spm-spaces": train(
            texts, size, "identity", full, add_dummy_prefix=False, remove_extra_whitespaces=False,
            control_symbols=["<ctl>"]),
        "spm-suffix": train(texts, size, "nmt_nfkc", full, treat_whitespace_as_suffix=True, unk_surface=" ?? "),
    }


def scalars(text, position):
    """How many scalars lie before a position in UTF-8."""
    return len(text.encode()[:position].decode(errors="ignore"))


def piece_cases(model, texts, generator):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    rows = []
    for text in texts:
        ids = processor.encode(text)
        proto = processor.encode(text, return_type="proto")
        rows.append({
            "text": text, "ids": ids, "pieces": processor.encode(text, out_type=str), "decoded": processor.decode(ids),
            "spans": [[scalars(text, piece.begin), scalars(text, piece.end)] for piece in proto.pieces]})
    for _ in range(40):
        ids = [generator.randrange(processor.vocab_size()) for _ in range(generator.randint(0, 12))]
        rows.append({"ids": ids, "decoded": processor.decode(ids)})
    return {"sentencepiece": sentencepiece.__version__, "rows": rows}


def smaller(rows, limit):
    """The rows without the longest ones, where they are too many for a fixture."""
    sizes = sorted((len(json.dumps(row, separators=(",", ":"))), index) for index, row in enumerate(rows))
    kept, total = set(), 0
    for size, index in sizes:
        total += size
        if total <= limit:
            kept.add(index)
    return [row for index, row in enumerate(rows) if index in kept]


def main():
    full = pathlib.Path(sys.argv[2]) if sys.argv[1:2] == ["--full"] else None
    tables = tokenizer_files(full is not None)
    models_ = piece_models(full is not None)
    if full:
        full.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            (full / f"{name}.tokenizer.json").write_text(json.dumps(table))
        for name, model in models_.items():
            (full / f"{name}.model").write_bytes(model)
        return
    generator = random.Random(5)
    for name, table in tables.items():
        write(f"{name}.tokenizer.json", table)
        tokenizer = tokenizers.Tokenizer.from_file(str(FIXTURES / f"{name}.tokenizer.json"))
        words = [piece.replace(MARK, " ") for piece, _ in table["model"]["vocab"]]
        words += [token["content"] for token in table["added_tokens"]]
        texts = generator.sample([text for text in ODD_TEXTS if len(text) <= 110], 80)
        texts += [random_text(generator, words)[:110] for _ in range(40)]
        found = cases(tokenizer, texts, generator)
        found["encodings"] = smaller(found["encodings"], 220_000)
        write(f"{name}.golden.json", {"tokenizers": tokenizers.__version__, **found})
    for name, model in models_.items():
        (FIXTURES / f"{name}.model").write_bytes(model)
        words = [piece.piece.replace(MARK, " ") for piece in parsed(model).pieces]
        texts = ODD_TEXTS + [random_text(generator, words)[:120] for _ in range(100)]
        write(f"{name}.golden.json", piece_cases(model, [t for t in texts if "\0" not in t], generator))


if __name__ == "__main__":
    main()
