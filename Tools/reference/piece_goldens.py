"""Writes small SentencePiece models of the kinds BPE, WORD and CHAR, and what SentencePiece makes of texts with them.

    python Tools/reference/piece_goldens.py               # fixtures into Tests/NeedletailTokenizersTests/Fixtures
    python Tools/reference/piece_goldens.py --full FOLDER # models alone, with the whole charsmaps
    python Tools/reference/piece_goldens.py --fuzz PROGRAM MODEL... [--count 20000] [--seed 1]

The last form compares a program (`PROGRAM tokenize --tokenizer MODEL --json --input ROWS.jsonl`) with SentencePiece on
random texts: ids, pieces and, by `--decode`, the text of ids. Models of the Unigram kind can be compared as well.
Needs sentencepiece as pinned in requirements.txt. Models are trained like those of unigram_goldens.py; some are changed
by hand afterwards, so that pieces share scores, are unused, or lack the characters that they are made of.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizer_goldens import FIXTURES, write
from tokenizer_texts import ODD_TEXTS, random_text
from unigram_goldens import MARK, parsed, piece_cases, sentences, smaller, train

PIECE = sentencepiece_model_pb2.ModelProto.SentencePiece


def changed(model, seed, share=0, unused=0, drop=0):
    """The model with scores shared by about `share` pieces each, unused pieces, and characters taken away."""
    generator = random.Random(seed)
    proto = parsed(model)
    normal = [piece for piece in proto.pieces if piece.type == PIECE.NORMAL]
    for index, piece in enumerate(normal):
        if share:
            piece.score = -float(generator.randrange(len(normal)) // share)
        if len(piece.piece) > 1 and generator.random() < unused:
            piece.type = PIECE.UNUSED
    if drop:
        singles = [piece for piece in normal if len(piece.piece) == 1]
        gone = {piece.piece for piece in generator.sample(singles, int(len(singles) * drop))}
        kept = [piece for piece in proto.pieces if piece.piece not in gone]
        del proto.pieces[:]
        proto.pieces.extend(kept)
    return proto.SerializeToString()


def repeated(generator):
    """Words of repeated letters: some splits score the same, but for what single precision makes of their sums."""
    def word():
        return generator.choice("stuvw") + "-" * generator.randint(0, 2) + generator.choice("aix") * 3

    return " ".join(word() for _ in range(generator.randint(1, 15)))


def rounding(model, generator):
    """The model with its normal pieces replaced by letters and pairs of them, of arbitrary scores."""
    proto = parsed(model)
    kept = [piece for piece in proto.pieces if piece.type != PIECE.NORMAL]
    del proto.pieces[:]
    proto.pieces.extend(kept)
    letters = "stuvwaix" + MARK
    for piece in [*letters, *(letter * 2 for letter in letters[:-1]), *(MARK + letter for letter in letters[:-1])]:
        proto.pieces.add(piece=piece, score=-generator.uniform(4, 12))
    proto.pieces.add(piece="-", score=0, type=PIECE.USER_DEFINED)
    return proto.SerializeToString()


def piece_models(full):
    """Models by name, serialised."""
    generator = random.Random(6)
    texts = sentences(generator, 1500)
    size = 1000

    def bpe(normalization, **options):
        return train(texts, options.pop("vocab_size", size), normalization, full, model_type="bpe", **options)

    plain = bpe("nmt_nfkc")
    wide = bpe("identity", split_by_whitespace=False, vocab_size=size + 200)
    return {
        "piece-bpe": plain,
        "piece-bytes": bpe(
            "identity", byte_fallback=True, split_digits=True, allow_whitespace_only_pieces=True,
            remove_extra_whitespaces=False, user_defined_symbols=["<tag>", "  ", "New York", "ab"], pad_id=3,
            vocab_size=size + 400),
        "piece-bare": bpe(
            "nmt_nfkc_cf", add_dummy_prefix=False, control_symbols=["<ctl>", "\u00a7"], unk_surface=" ?? ",
            user_defined_symbols=["a", "aa", "th"]),
        "piece-suffix": bpe("nmt_nfkc", treat_whitespace_as_suffix=True, user_defined_symbols=["ing"]),
        "piece-wide": wide,
        "piece-ties": changed(plain, 1, share=40),
        "piece-unused": changed(wide, 2, share=3, unused=0.4),
        "piece-orphans": changed(plain, 3, share=7, unused=0.1, drop=0.5),
        "piece-words": train(texts, size, "nmt_nfkc", full, model_type="word", user_defined_symbols=["<tag>"]),
        "piece-words-bytes": train(
            texts, size, "identity", full, model_type="word", byte_fallback=True, treat_whitespace_as_suffix=True),
        "piece-characters": train(
            texts, 200, "nmt_nfkc_cf", full, model_type="char", user_defined_symbols=["New York", "th"]),
        "piece-characters-bytes": train(
            texts, 400, "identity", full, model_type="char", byte_fallback=True, remove_extra_whitespaces=False,
            add_dummy_prefix=False),
        "piece-rounding": rounding(train(texts, size, "identity", full, model_type="unigram"), random.Random(8)),
    }


def run(program, model, rows, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
        file.flush()
        output = subprocess.run(
            [program, "tokenize", "--tokenizer", model, "--json", "--input", file.name, *options], capture_output=True)
    if output.returncode != 0:
        sys.exit(f"{program} failed: {output.stderr.decode()}")
    lines = [json.loads(line) for line in output.stdout.decode("utf-8").split("\n")[:-1]]
    assert len(lines) == len(rows), (len(lines), len(rows))
    return lines


def fuzz(program, model, count, seed):
    processor = sentencepiece.SentencePieceProcessor(model_file=model)
    words = [processor.id_to_piece(id).replace(MARK, " ") for id in range(processor.vocab_size())]
    generator = random.Random(seed)
    texts, expected = [], []
    while len(texts) < count:
        text = random_text(generator, words).replace("\0", "")
        expected.append((processor.encode(text), processor.encode(text, out_type=str)))
        texts.append(text)
    different = 0
    for text, (ids, pieces), found in zip(texts, expected, run(program, model, texts)):
        if found["ids"] != ids or found["tokens"] != pieces:
            different += 1
            if different < 4:
                print(ascii(text), "\n  expected", ascii(pieces), ids, "\n  found   ", ascii(found["tokens"]), found["ids"])
    rows = [ids for ids, _ in expected]
    rows += [
        [generator.randrange(processor.vocab_size()) for _ in range(generator.randint(0, 12))] for _ in range(count // 4)]
    for ids, found in zip(rows, run(program, model, [{"ids": ids} for ids in rows], "--decode")):
        text = found if isinstance(found, str) else found["text"]
        if text != processor.decode(ids):
            different += 1
            if different < 8:
                print(ids, "\n  expected", ascii(processor.decode(ids)), "\n  found   ", ascii(text))
    print(f"{pathlib.Path(model).name}: {count} texts and {len(rows)} lists of ids compared, {different} different")
    return different


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--fuzz"]:
        options = {"--count": 20_000, "--seed": 1}
        for name in options:
            if name in arguments:
                index = arguments.index(name)
                options[name] = int(arguments[index + 1])
                del arguments[index:index + 2]
        sys.exit(any([fuzz(arguments[1], model, *options.values()) for model in arguments[2:]]))
    full = pathlib.Path(arguments[1]) if arguments[:1] == ["--full"] else None
    models = piece_models(full is not None)
    if full:
        full.mkdir(parents=True, exist_ok=True)
        for name, model in models.items():
            (full / f"{name}.model").write_bytes(model)
        return
    generator = random.Random(7)
    for name, model in models.items():
        (FIXTURES / f"{name}.model").write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        words = [processor.id_to_piece(id).replace(MARK, " ") for id in range(processor.vocab_size())]
        texts = generator.sample([text for text in ODD_TEXTS if len(text) <= 110], 90)
        texts += [random_text(generator, words)[:110] for _ in range(40)]
        texts = [text.replace("\0", "") for text in texts]
        if name == "piece-rounding":
            texts = [repeated(generator)[:110] for _ in range(130)]
        found = piece_cases(model, texts, generator)
        found["rows"] = smaller(found["rows"], 70_000)
        write(f"{name}.golden.json", found)


if __name__ == "__main__":
    main()
