"""Writes what BidirectionalWordPiece, the tokenizer of KR-BERT (Lee and others 2020, arXiv:2008.03979), makes of texts.

    python Tools/reference/bidirectional_goldens.py                        # fixtures
    python Tools/reference/bidirectional_goldens.py --fuzz PROGRAM [COUNT] # compare a program on random texts

A plain implementation of what the paper and its README describe: a text is cleaned and split into words as BERT does it;
a word is cut greedily from the left and from the right; of the two results the one is taken whose sorted ids, those of
the five special tokens left out, are smaller, from the right where they are equal. The sub-character form decomposes
texts by NFKD first. Texts hold only scalars that have been in Unicode since 3.2, without those of private use: about others
programs differ.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

from tokenizer_goldens import write
from tokenizer_texts import ODD_TEXTS, random_text

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "한국어 토크나이저 예시입니다 냉장고 춥다 뱃사람 마이크 사람 한국 나라 사랑 학교 학생 선생님 안녕하세요 감사합니다 영화 재미 없다 있다 정말 "
    "좋은 나쁜 최고 배우 연기 감동 스토리 지루 하다 했다 합니다 에서 으로 에게 까지 부터 보다 처럼 이라 the of and swift bird flying birds fly "
    "word words play playing player unaffable").split()


def vocabulary(decomposes, generator):
    """Special tokens, then pieces of the words: whole ones, beginnings, ends and middles, and single characters."""
    pieces = {}
    words = [unicodedata.normalize("NFKD", word) if decomposes else word for word in WORDS]
    for word in words:
        for start in range(len(word)):
            for end in range(start + 1, len(word) + 1):
                if end - start == 1 or generator.random() < (0.5 if end - start < 4 else 0.25):
                    pieces.setdefault(("##" if start else "") + word[start:end])
    for scalar in "".join(words) + "0123456789.,!?'\"()-éñüабвあ日本":
        pieces.setdefault(scalar)
        if generator.random() < 0.9:
            pieces.setdefault("##" + scalar)
    pieces = list(pieces)
    generator.shuffle(pieces)
    return SPECIAL + pieces


def is_punctuation(scalar):
    code = ord(scalar)
    if 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126:
        return True
    return unicodedata.category(scalar).startswith("P")


def is_ideograph(code):
    ranges = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
    return any(low <= code <= high for low, high in ranges)


def words_of(text, lowercases):
    cleaned = []
    for scalar in text:
        if scalar in "\t\n\r" or unicodedata.category(scalar) == "Zs":
            cleaned.append(" ")
        elif scalar in "\0\ufffd" or unicodedata.category(scalar) in ("Cc", "Cf"):
            continue
        elif is_ideograph(ord(scalar)):
            cleaned += [" ", scalar, " "]
        else:
            cleaned.append(scalar)
    for word in "".join(cleaned).split():
        if lowercases:
            word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
        part = ""
        for scalar in word:
            if is_punctuation(scalar):
                if part:
                    yield part
                yield scalar
                part = ""
            else:
                part += scalar
        if part:
            yield part


def from_left(word, ids):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def from_right(word, ids):
    pieces, end = [], len(word)
    while end > 0:
        for start in range(end):
            piece = ("##" if start else "") + word[start:end]
            if piece in ids:
                break
        else:
            return ["[UNK]"]
        pieces.insert(0, piece)
        end = start
    return pieces


def encode(text, ids, decomposes, lowercases):
    if decomposes:
        text = unicodedata.normalize("NFKD", text)
    tokens = []
    for word in words_of(text, lowercases):
        if len(word) > 200:
            tokens.append("[UNK]")
            continue
        left, right = from_left(word, ids), from_right(word, ids)
        ranks = [sorted(ids[piece] for piece in pieces if ids[piece] > 4) for pieces in (left, right)]
        tokens += left if ranks[0] < ranks[1] else right
    return ["[CLS]", *tokens, "[SEP]"]


CONFIGS = {"characters": (False, False), "characters-lower": (False, True), "sub-characters": (True, False)}


def samples(pieces, generator, count):
    texts = ODD_TEXTS + [random_text(generator, WORDS + pieces[5:]) for _ in range(count)]
    for _ in range(count):
        texts.append("".join(generator.choice(pieces[5:]).removeprefix("##") + generator.choice(["", "", "", " "]) for _ in range(generator.randint(1, 12))))
        texts.append(" ".join(generator.choice(WORDS) + generator.choice(WORDS) for _ in range(generator.randint(1, 5))))
    known = [unicodedata.normalize("NFC", text) if generator.random() < 0.5 else text for text in texts]
    older = unicodedata.ucd_3_2_0
    return [
        "".join(c for c in text if older.category(c) == unicodedata.category(c) not in ("Co", "Cn", "Cs"))
        for text in known if not any(token in text for token in SPECIAL)]


def tables():
    for name, (decomposes, lowercases) in CONFIGS.items():
        generator = random.Random(name)
        pieces = vocabulary(decomposes or lowercases, generator)
        yield name, pieces, {"tokenizer_class": "BidirectionalWordPieceTokenizer", "do_lower_case": lowercases,
                             "hangul_units": "sub_characters" if decomposes else "characters"}, generator


def main():
    for name, pieces, config, generator in tables():
        ids = {piece: id for id, piece in enumerate(pieces)}
        fuzzes = sys.argv[1:2] == ["--fuzz"]
        count = int(sys.argv[3]) if len(sys.argv) > 3 else 8000 if fuzzes else 60
        texts = samples(pieces, generator, count)
        if not fuzzes:
            texts = [text for text in texts if len(text) < 90]
        rows = [{"text": text, "tokens": encode(text, ids, *CONFIGS[name])} for text in texts]
        for row in rows:
            row["ids"] = [ids[token] for token in row["tokens"]]
        if not fuzzes:
            write(f"bidirectional-{name}.golden.json", {
                "config": json.dumps(config), "vocabulary": "".join(f"{piece}\n" for piece in pieces), "rows": rows})
            continue
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
            pathlib.Path(folder, "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces))
            file = pathlib.Path(folder, "rows.jsonl")
            file.write_text("".join(json.dumps(row["text"]) + "\n" for row in rows))
            output = subprocess.run(
                [sys.argv[2], "tokenize", "--tokenizer", folder + "/", "--json", "--input", str(file)],
                capture_output=True, check=True)
        different = unequal = 0
        for row, line in zip(rows, output.stdout.decode().split("\n")):
            unequal += any(from_left(w, ids) != from_right(w, ids) for w in words_of(row["text"], CONFIGS[name][1]))
            if json.loads(line)["ids"] != row["ids"]:
                different += 1
                if different < 4:
                    print(ascii(row), json.loads(line)["tokens"])
        print(f"{name}: {len(rows)} compared, the directions differ in {unequal}, {different} different")


main()
