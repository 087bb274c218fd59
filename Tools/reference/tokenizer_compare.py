"""Compares `needletail tokenize` with the reference libraries, on the field's tokenizers and on many texts.

    python Tools/reference/tokenizer_compare.py .build/release/needletail            # all configurations, some minutes
    python Tools/reference/tokenizer_compare.py PROGRAM --names gpt2 xlm-r --strings 5000
    python Tools/reference/tokenizer_compare.py PROGRAM --small                      # the fixtures of the tests, seconds
    python Tools/reference/tokenizer_compare.py PROGRAM --files MODEL/tokenizer.json # any other tokenizer
    python Tools/reference/tokenizer_compare.py PROGRAM --files FILE --every-scalar  # each scalar of Unicode in a word
    python Tools/reference/tokenizer_compare.py PROGRAM --small --self-test          # corrupted answers must be noticed

The configurations are those of field_tokenizers.py, trained once into --folder. Texts are generated ones (--strings for
each configuration) and all texts of ../shared/data/{udhr,tatoeba,xquad,twentynewsgroups,cosqa}. Of every text all fields of
`tokenize --json` are compared, the ids of the fast way (`tokenize --ids`), and the decoded text with and without special
tokens; of shares of them pairs, texts without special tokens, and truncation with its overflow. SentencePiece models are
compared with the sentencepiece package. A configuration that was compared is not compared again until its file, the
program or the counts change. Prints a table, writes FOLDER/results.json, exits 1 when anything differs.
"""

import argparse
import functools
import hashlib
import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import time
import traceback

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RUST_BACKTRACE"] = "0"

import sentencepiece
import tokenizers
from tokenizer_texts import ODD_TEXTS, wild_text

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "Tests/NeedletailTokenizersTests/Fixtures"
DATA = REPOSITORY.parent / "shared/data"
MINI_LM = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "needletail/models/all-MiniLM-L6-v2/tokenizer.json")
CHUNK = 5000
FIELDS = ["ids", "tokens", "offsets", "word_ids", "type_ids", "special_tokens_mask", "overflowing"]


# Texts

@functools.cache
def real_texts():
    """All texts of the test sets, and the longer ones of udhr as a whole."""
    texts = []
    for folder in ["udhr", "xquad", "cosqa"]:
        for path in sorted((DATA / folder).rglob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").split("\n"):
                if line.strip():
                    text = json.loads(line)["text"]
                    texts += [text, *text.split("\n")] if folder == "udhr" else [text]
    for folder in ["tatoeba", "twentynewsgroups"]:
        for path in sorted((DATA / folder).glob("*.tsv")):
            for line in path.read_text(encoding="utf-8").split("\n")[1:]:
                texts += line.split("\t")[-2:]
    return [text for text in texts if text]


def texts_of(task, words):
    """The texts of one chunk: the same for the same seed, whatever ran before."""
    if task["kind"] == "scalars":
        first = task["chunk"] * 16384
        return [f"a{chr(c)}b" for c in range(first, min(first + 16384, 0x110000)) if not 0xD800 <= c < 0xE000]
    if task["kind"] == "real":
        return real_texts()[task["chunk"] * CHUNK:(task["chunk"] + 1) * CHUNK]
    generator = random.Random(f"{task['seed']} {task['name']} {task['chunk']}")
    texts = [wild_text(generator, words) for _ in range(task["count"])]
    return (ODD_TEXTS if task["chunk"] == 0 else []) + texts


# The two sides

def plain(encoding, nested=True):
    row = {
        "ids": encoding.ids, "tokens": encoding.tokens, "offsets": [list(span) for span in encoding.offsets],
        "word_ids": encoding.word_ids, "type_ids": encoding.type_ids, "special_tokens_mask": encoding.special_tokens_mask}
    row["overflowing"] = [plain(part, False) for part in encoding.overflowing] if nested else []
    return row


class ProgramFailure(Exception):
    pass


def ours(task, rows, *options):
    """What the program writes for rows, a parsed line each."""
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    run = subprocess.run(
        [task["program"], "tokenize", "--tokenizer", task["file"], "--json", "--input", "-", *options], input=data, capture_output=True)
    if run.returncode != 0:
        raise ProgramFailure(run.stderr.decode(errors="replace").strip()[-2000:])
    lines = run.stdout.decode("utf-8").split("\n")[:-1]
    if len(lines) != len(rows):
        raise ProgramFailure(f"{len(lines)} lines for {len(rows)} rows")
    return [json.loads(line) for line in lines]


class Comparison:
    """Counts and examples of one chunk."""

    def __init__(self, task):
        self.task, self.counts, self.examples = task, {}, []

    def add(self, kind, rows, expected, found, corrupt=None):
        if self.task["corrupt"] == kind and rows:
            corrupt_one(expected, found)
        total, different = self.counts.get(kind, (0, 0))
        for row, one, other in zip(rows, expected, found):
            if one != other:
                different += 1
                if len(self.examples) < 3:
                    self.examples.append(example(kind, row, one, other))
        self.counts[kind] = (total + len(rows), different)


def corrupt_one(expected, found):
    """Alters one answer the least that can be."""
    index = max(range(len(found)), key=lambda i: len(str(found[i])) < 2000 and len(str(found[i])))
    value = found[index]
    if isinstance(value, dict) and value.get("overflowing"):
        value["overflowing"][-1]["offsets"][-1][1] += 1
    elif isinstance(value, dict):
        value["word_ids" if "word_ids" in value else "ids"][-1] = -1
    else:
        found[index] = value + "\0"


def example(kind, row, expected, found):
    lines = [f"{kind}: {ascii(row)[:1500]}"]
    if isinstance(expected, dict):
        for key in expected:
            if found.get(key) != expected[key]:
                lines += [f"  expected {key} {ascii(expected[key])[:700]}", f"  found    {key} {ascii(found.get(key))[:700]}"]
    else:
        lines += [f"  expected {ascii(expected)[:700]}", f"  found    {ascii(found)[:700]}"]
    return "\n".join(lines)


# One chunk

@functools.lru_cache(maxsize=1)
def reference(file):
    tokenizer = tokenizers.Tokenizer.from_file(file)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    words = list(tokenizer.get_vocab()) + 40 * [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    return tokenizer, sorted(words)


def encoded(tokenizer, rows, special):
    """The reference's encodings; rows that it cannot encode, as where a stride is too long, are left out."""
    def one(row):
        return tokenizer.encode(*((row["text"], row["pair"]) if isinstance(row, dict) else (row,)), add_special_tokens=special)

    try:
        return rows, tokenizer.encode_batch(
            [(row["text"], row["pair"]) if isinstance(row, dict) else row for row in rows], add_special_tokens=special)
    except BaseException as error:  # the library panics where it should complain
        if isinstance(error, KeyboardInterrupt):
            raise
    kept, encodings = [], []
    for row in rows:
        try:
            encodings.append(one(row))
            kept.append(row)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
    return kept, encodings


def compare_encodings(kind, comparison, tokenizer, rows, special=True, options=()):
    rows, encodings = encoded(tokenizer, rows, special)
    expected = [plain(encoding) for encoding in encodings]
    options = [*options, *([] if special else ["--no-special"])]
    comparison.add(kind, rows, expected, ours(comparison.task, rows, *options))
    ids = [{"ids": row["ids"]} for row in expected]
    comparison.add(f"{kind}: ids", rows, ids, ours(comparison.task, rows, "--ids", *options))
    return expected


def be_silent():
    """Drops what the reference library writes where it panics; errors of Python reach the parent another way."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def compare_chunk(task):
    try:
        compare = compare_pieces if task["file"].endswith(".model") else compare_texts
        comparison = compare(task)
        return task, comparison.counts, comparison.examples, None
    except ProgramFailure as error:
        return task, {}, [], str(error)
    except Exception:  # a fault of this tool
        return task, {}, [], traceback.format_exc()


def compare_texts(task):
    tokenizer, words = reference(task["file"])
    tokenizer.no_truncation()
    comparison = Comparison(task)
    texts = texts_of(task, words)
    generator = random.Random(f"shares {task['seed']} {task['name']} {task['kind']} {task['chunk']}")
    expected = compare_encodings("texts", comparison, tokenizer, texts)
    lengths = dict(zip(texts, [len(row["ids"]) for row in expected])) if len(expected) == len(texts) else {}
    rows = [{"ids": row["ids"]} for row in expected]
    rows += [{"ids": [generator.randrange(tokenizer.get_vocab_size() + 3) for _ in range(generator.randint(0, 20))]} for _ in range(len(texts) // 10)]
    for kind, skip, options in [("decoded", True, ["--no-special"]), ("decoded, special", False, [])]:
        decoded = tokenizer.decode_batch([row["ids"] for row in rows], skip_special_tokens=skip)
        comparison.add(kind, rows, decoded, ours(task, rows, "--decode", *options))
    if task["kind"] == "scalars":
        return comparison

    def share():
        return generator.sample(texts, max(1, len(texts) // 8))

    def pairs():
        return [{"text": text, "pair": pair} for text, pair in zip(share(), share())]

    compare_encodings("pairs", comparison, tokenizer, pairs())
    compare_encodings("not special", comparison, tokenizer, share() + pairs()[:40], special=False)
    for kind, make in [("truncated", share), ("truncated pairs", pairs)]:
        special = generator.random() < 0.8
        room = generator.choice([1, 2, 3, 5, 8, 12, 20, 40, 126])
        # The library wants room for special tokens even where none are added.
        length = room + tokenizer.num_special_tokens_to_add(kind != "truncated")
        settings = {
            "max_length": length, "stride": generator.choice([0, 0, min(1, room - 1), room // 2, max(0, room // 2 - 1)]),
            "direction": generator.choice(["right", "left"]),
            "strategy": generator.choice(["longest_first", "longest_first", "only_first", "only_second"] if kind != "truncated" else ["longest_first", "only_first"])}
        # A long text has many parts, and every part of one text of a pair meets every part of the other. A pair's room
        # is shared, so that a stride of half of it leaves steps of one token: some hundred of them would fill all memory.
        if kind != "truncated":
            settings["stride"] = min(settings["stride"], room // 4)
        tokenizer.enable_truncation(**settings)
        limit = (60 if kind == "truncated" else 12) * (room - settings["stride"])
        rows = [
            row for row in make()
            if sum(lengths.get(text, limit + 1) for text in ([row] if kind == "truncated" else row.values())) <= limit]
        compare_encodings(kind, comparison, tokenizer, rows, special, [
            "--max-length", str(length), "--stride", str(settings["stride"]), "--direction", settings["direction"], "--strategy", settings["strategy"]])
        tokenizer.no_truncation()
    return comparison


@functools.lru_cache(maxsize=1)
def processor_of(file):
    processor = sentencepiece.SentencePieceProcessor(model_file=file)
    return processor, [processor.id_to_piece(i).replace("\u2581", " ") for i in range(processor.vocab_size())]


def compare_pieces(task):
    """A SentencePiece model: ids, pieces, decoded text."""
    processor, words = processor_of(task["file"])
    comparison = Comparison(task)
    texts = [text for text in texts_of(task, words) if "\0" not in text]
    ids = processor.encode(texts)
    expected = [{"ids": one, "tokens": pieces} for one, pieces in zip(ids, processor.encode(texts, out_type=str))]
    found = [{"ids": row["ids"], "tokens": row["tokens"]} for row in ours(task, texts)]
    comparison.add("texts", texts, expected, found)
    comparison.add("texts: ids", texts, [{"ids": one} for one in ids], ours(task, texts, "--ids"))
    generator = random.Random(f"shares {task['seed']} {task['chunk']}")
    rows = [{"ids": one} for one in ids]
    rows += [{"ids": [generator.randrange(processor.vocab_size()) for _ in range(generator.randint(0, 20))]} for _ in range(len(texts) // 10)]
    comparison.add("decoded", rows, [processor.decode(row["ids"]) for row in rows], ours(task, rows, "--decode"))
    return comparison


# All of them

def build(task):
    """Trains a configuration unless it is there."""
    name, file = task
    import field_tokenizers

    started = time.time()
    maker = {**field_tokenizers.BUILDERS, **field_tokenizers.MODELS}[name]
    value = maker()
    temporary = pathlib.Path(f"{file}.unfinished")
    temporary.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    temporary.rename(file)
    return name, time.time() - started


def configurations(arguments):
    """Names and files; those of the field are trained where they are missing."""
    if arguments.files:
        return {pathlib.Path(file).parent.name + "/" + pathlib.Path(file).name: file for file in arguments.files}
    if arguments.small:
        files = sorted(FIXTURES.glob("*.tokenizer.json")) + sorted(FIXTURES.glob("*.model"))
        files = {path.name.removesuffix(".tokenizer.json").removesuffix(".model"): str(path) for path in files}
        return {name: file for name, file in files.items() if not arguments.names or name in arguments.names}
    import field_tokenizers

    folder = arguments.folder / "tokenizers"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"minilm": str(MINI_LM)} if MINI_LM.exists() else {}
    files |= {name: str(folder / f"{name}.json") for name in field_tokenizers.BUILDERS}
    files |= {name: str(folder / f"{name}.model") for name in field_tokenizers.MODELS}
    if unknown := set(arguments.names or ()) - set(files):
        sys.exit(f"no configuration is named {', '.join(sorted(unknown))}; there are {', '.join(files)}")
    files = {name: file for name, file in files.items() if not arguments.names or name in arguments.names}
    missing = [(name, file) for name, file in files.items() if not pathlib.Path(file).exists()]
    if missing:
        with multiprocessing.Pool(arguments.jobs, maxtasksperchild=1) as pool:
            for name, seconds in pool.imap_unordered(build, missing):
                print(f"trained {name} in {seconds:.0f} s", file=sys.stderr, flush=True)
            pool.close()
            pool.join()
    return files


def key_of(arguments, file):
    """What a result holds for."""
    digest = hashlib.sha256()
    for path in [arguments.program, file, __file__, pathlib.Path(__file__).with_name("tokenizer_texts.py")]:
        digest.update(pathlib.Path(path).read_bytes())
    digest.update(repr((arguments.strings, arguments.seed, arguments.every_scalar, arguments.only_strings)).encode())
    return digest.hexdigest()


def chunks(arguments, name, file):
    task = {"program": arguments.program, "file": file, "name": name, "seed": arguments.seed, "corrupt": arguments.corrupt}
    if arguments.every_scalar:
        return [{**task, "kind": "scalars", "chunk": chunk} for chunk in range(0x110000 // 16384)]
    tasks = []
    for chunk in range(-(-arguments.strings // CHUNK)):
        tasks.append({**task, "kind": "generated", "chunk": chunk, "count": min(CHUNK, arguments.strings - chunk * CHUNK)})
    if not arguments.only_strings:
        tasks += [{**task, "kind": "real", "chunk": chunk} for chunk in range(-(-len(real_texts()) // CHUNK))]
    return tasks


def compare(arguments, files):
    """Results by name: counts, examples, failure, seconds."""
    path = arguments.folder / "results.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(path.read_text()) if path.exists() and not arguments.again else {}
    results, work = {}, []
    for name, file in files.items():
        key = key_of(arguments, file)
        if kept.get(name, {}).get("key") == key and not arguments.corrupt:
            results[name] = kept[name]
            continue
        tasks = chunks(arguments, name, file)
        results[name] = {"key": key, "counts": {}, "examples": [], "failure": None, "open": len(tasks), "started": time.time()}
        work += tasks
    if work:
        with multiprocessing.Pool(arguments.jobs, initializer=be_silent) as pool:
            for task, counts, examples, failure in pool.imap_unordered(compare_chunk, work):
                result = results[task["name"]]
                for kind, (total, different) in counts.items():
                    before = result["counts"].get(kind, [0, 0])
                    result["counts"][kind] = [before[0] + total, before[1] + different]
                result["examples"] = (result["examples"] + examples)[:8]
                result["failure"] = result["failure"] or failure
                result["open"] -= 1
                if result["open"] == 0:
                    result["seconds"] = round(time.time() - result.pop("started"))
                    show(task["name"], result, arguments)
                    if not arguments.corrupt:
                        kept[task["name"]] = result
                        temporary = path.with_suffix(".unfinished")
                        temporary.write_text(json.dumps(kept, indent=1))
                        temporary.rename(path)
            # Ending workers by a signal waits for ever where a parent has blocked it.
            pool.close()
            pool.join()
    return results


def different(result):
    return sum(count for _, count in result["counts"].values())


def show(name, result, arguments):
    if arguments.corrupt:
        return
    if result["failure"]:
        print(f"{name}: {result['failure']}", file=sys.stderr, flush=True)
    for text in result["examples"][:arguments.examples]:
        print(f"{name}: {text}", file=sys.stderr, flush=True)


def table(results):
    kinds = list(dict.fromkeys(kind for result in results.values() for kind in result["counts"] if not kind.endswith(": ids")))
    rows = [["configuration", *kinds, "different"]]
    for name, result in results.items():
        rows.append([name, *(str(result["counts"].get(kind, [0])[0]) for kind in kinds),
                     "FAILED" if result["failure"] else str(different(result))])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]))
    print(f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}")


def self_test(arguments, files):
    """Corrupts one answer of every kind in turn and fails unless each is noticed."""
    silent = []
    plain_counts = next(iter(compare(arguments, files).values()))["counts"]
    for kind in plain_counts:
        arguments.corrupt = kind
        result = next(iter(compare(arguments, files).values()))
        if result["counts"][kind][1] <= plain_counts[kind][1]:
            silent.append(kind)
    print(f"self-test: {len(plain_counts)} kinds corrupted, {len(silent)} not noticed {silent or ''}")
    return not silent


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--names", nargs="+", help="only these configurations")
    parser.add_argument("--files", nargs="+", help="these tokenizer.json or .model files instead")
    parser.add_argument("--strings", type=int, default=100_000, help="generated texts for each configuration")
    parser.add_argument("--only-strings", action="store_true", help="leave the real texts out")
    parser.add_argument("--every-scalar", action="store_true", help="each scalar in a word, instead of texts")
    parser.add_argument("--small", action="store_true", help="the fixtures of the tests, few texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=pathlib.Path, default=REPOSITORY / ".build/compare")
    parser.add_argument("--examples", type=int, default=3, help="how many differences of a configuration are shown")
    parser.add_argument("--again", action="store_true", help="compare also what was compared before")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    arguments.corrupt = None
    arguments.program = str(pathlib.Path(arguments.program).resolve())
    if arguments.small:
        arguments.only_strings, arguments.strings, arguments.again = True, min(arguments.strings, 120), True
        arguments.folder = arguments.folder / "small"
    files = configurations(arguments)
    if arguments.self_test:
        sys.exit(not self_test(arguments, dict([next(iter(files.items()))])))
    results = compare(arguments, files)
    table(results)
    sys.exit(any(result["failure"] or different(result) for result in results.values()) or not results)


if __name__ == "__main__":
    main()
