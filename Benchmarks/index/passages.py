"""Passages of 40 to 120 words, cut from the public text that a machine for development has anyway.

Documentation (plain, Markdown, reStructuredText, HTML, manual pages), the docstrings and comments of installed sources,
and the public test sets of `--data`. Texts are for measuring only: they stay in the cache, and nothing of them is in
the repository. Which passages come out depends on what is installed, so what was made is described beside it.
"""

import gzip
import hashlib
import html
import json
import multiprocessing
import os
import random
import re
import sysconfig
from pathlib import Path

SMALLEST, LARGEST = 40, 120
# Larger files are tables and generated code.
LARGEST_FILE = 4 << 20

CORPORA = ("xquad/en", "medquad", "cranfield", "cisi", "med", "npl")
QUESTIONS = (
    "xquad/en/queries.jsonl", "medquad/queries.jsonl", "cranfield/queries.jsonl", "cisi/queries.jsonl",
    "med/queries.jsonl", "npl/queries.jsonl", "cosqa/queries-test.jsonl", "wikitablequestions/queries.jsonl")

TAGS = re.compile(r"<[^>]*>")
SPACES = re.compile(r"\s+")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(`])")
WORD = re.compile(r"[A-Za-z]{2,}")
HTML_BLOCK = re.compile(r"<(p|li|dd)\b[^>]*>(.*?)</\1>", re.S | re.I)
DOCSTRING = re.compile(r'"""(.*?)"""', re.S)
BLOCK_COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
LINE_COMMENT = re.compile(r"(?:^[ \t]*//[/!]?.*\n)+", re.M)
COMMENT_MARK = re.compile(r"^[ \t]*(?://[/!]?|\*+!?)[ \t]?", re.M)
ROFF_REQUEST = re.compile(r"^[.'].*$", re.M)
ROFF_HEADING = re.compile(r"^[.'][ \t]*(?:S[HS]|[PLTI]P|P|RS|RE|Sh|Ss|Pp|It|br|sp|nf|fi)\b.*$", re.M)
ROFF_INLINE = re.compile(r"^[.'][ \t]*(?:[BIR]|BR|RB|IR|RI|BI|IB|SM|Nm|Ar|Fl|Pa|Xr|Em|Sy|Ql|Li|Cm)[ \t]+(.*)$", re.M)
ROFF_ESCAPE = re.compile(r"\\(?:f(?:\[\w*\]|\(..|.)|s[-+]?\d+|&|\||\^|%|/|,|c|d|u)")


def folders():
    """Where public text lies: documentation, manual pages, and the sources of installed languages and packages."""
    home = Path.home()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "needletail/python"
    found = [
        "/usr/share/doc", "/usr/share/man", "/usr/share/perl", "/usr/share/info", "/usr/include", "/usr/lib/python3",
        "/usr/lib/node_modules", "/usr/lib/google-cloud-sdk", "/opt/swift", sysconfig.get_paths()["stdlib"]]
    found += sorted(home.glob(".rustup/toolchains/*/share/doc"))[-1:]
    found += sorted(home.glob(".pyenv/versions/*/lib/python3*"))[-2:]
    found += sorted(cache.glob("*/lib/python3*/site-packages"))[-2:]
    found += sorted(Path(__file__).resolve().parents[2].glob(".build/checkouts"))
    return [Path(folder).resolve() for folder in found if Path(folder).is_dir()]


def paragraphs_of_text(text):
    return re.split(r"\n\s*\n", text)


def paragraphs_of_html(text):
    return [html.unescape(TAGS.sub("", block)) for _, block in HTML_BLOCK.findall(text)]


def paragraphs_of_manual(text):
    text = ROFF_INLINE.sub(r"\1", ROFF_HEADING.sub("\n", text))
    text = ROFF_ESCAPE.sub("", ROFF_REQUEST.sub("", text))
    return paragraphs_of_text(text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\"))


def paragraphs_of_python(text):
    return [part for block in DOCSTRING.findall(text) for part in paragraphs_of_text(block)]


def paragraphs_of_source(text):
    blocks = BLOCK_COMMENT.findall(text) + LINE_COMMENT.findall(text)
    return [part for block in blocks for part in paragraphs_of_text(COMMENT_MARK.sub("", block))]


KINDS = {
    ".html": paragraphs_of_html, ".htm": paragraphs_of_html, ".py": paragraphs_of_python, ".md": paragraphs_of_text,
    ".rst": paragraphs_of_text, ".txt": paragraphs_of_text, ".pod": paragraphs_of_text, ".tex": paragraphs_of_text,
    ".swift": paragraphs_of_source, ".rs": paragraphs_of_source, ".h": paragraphs_of_source,
    ".hpp": paragraphs_of_source, ".js": paragraphs_of_source, ".ts": paragraphs_of_source,
    ".swiftinterface": paragraphs_of_source, "": paragraphs_of_text}


def reader(path):
    """How a file is cut into paragraphs; None where it holds no prose."""
    name = path.name.removesuffix(".gz")
    if "/man/" in str(path) and re.fullmatch(r".*\.\d\w*", name):
        return paragraphs_of_manual if re.search(r"/man/man\d", str(path)) else None
    suffix = Path(name).suffix.lower()
    if "/doc/" in str(path) and suffix not in KINDS:
        suffix = ""
    return KINDS.get(suffix) if suffix or "/doc/" in str(path) else None


def prose(paragraph):
    """A paragraph in one line, or None where it is a table, code, or no English."""
    line = SPACES.sub(" ", paragraph).strip()
    if len(line) < 30 or len(line) > 4000:
        return None
    words = WORD.findall(line)
    letters = sum(map(len, words))
    return line if len(words) >= 6 and letters > 0.68 * len(line.replace(" ", "")) else None


def read(path):
    """The paragraphs of prose of one file, in order."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return str(path), []
        data = gzip.open(path).read(4 * LARGEST_FILE) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, gzip.zlib.error):
        return str(path), []
    if b"\0" in data[:4096]:
        return str(path), []
    blocks = reader(path)(data.decode("utf-8", errors="ignore"))
    return str(path), [line for line in map(prose, blocks) if line]


def files():
    seen = set()
    for folder in folders():
        for place, children, names in os.walk(folder):
            children.sort()
            for name in sorted(names):
                path = Path(place) / name
                if reader(path) and str(path) not in seen and path.is_file() and not path.is_symlink():
                    seen.add(str(path))
                    yield path


def cut(paragraphs, generator):
    """Joins sentences until a passage has as many words as was drawn for it."""
    held, words, goal = [], 0, 0
    for paragraph in paragraphs:
        for sentence in SENTENCE.split(paragraph):
            count = len(sentence.split())
            if count > LARGEST:
                continue
            if words + count > LARGEST:
                if words >= SMALLEST:
                    yield " ".join(held)
                held, words = [], 0
            goal = goal or generator.randint(SMALLEST, 75)
            held.append(sentence)
            words += count
            if words >= goal:
                yield " ".join(held)
                held, words, goal = [], 0, 0
    if words >= SMALLEST:
        yield " ".join(held)


def fingerprint(text):
    """Equal for texts that differ in figures, punctuation or case only."""
    return hashlib.blake2b("".join(WORD.findall(text)).lower().encode(), digest_size=8).digest()


def documents(data):
    """Texts of the public test sets, a list of paragraphs each."""
    for name in CORPORA:
        with open(Path(data) / name / "corpus.jsonl", encoding="utf-8") as file:
            for row in file:
                yield f"data/{name}", [SPACES.sub(" ", json.loads(row).get("text", ""))]
    for path in sorted((Path(data) / "pretrain-text").glob("*.txt")):
        paragraphs = paragraphs_of_text(path.read_text(encoding="utf-8"))
        yield "data/pretrain-text", [SPACES.sub(" ", paragraph).strip() for paragraph in paragraphs]


def passages(data, processes=3):
    """Every passage with the place it is from; no paragraph of prose is used twice."""
    generator, seen, taken = random.Random(0), set(), set()

    def fresh(paragraphs):
        for paragraph in paragraphs:
            mark = fingerprint(paragraph)
            if mark not in seen:
                seen.add(mark)
                yield paragraph

    def sources():
        yield from documents(data)
        with multiprocessing.Pool(processes) as pool:
            yield from pool.imap(read, files(), chunksize=64)

    for place, paragraphs in sources():
        for passage in cut(fresh(paragraphs), generator):
            mark = fingerprint(passage)
            if mark not in taken:
                taken.add(mark)
                yield place, passage


def questions(data):
    """Questions of the public test sets."""
    for name in QUESTIONS:
        with open(Path(data) / name, encoding="utf-8") as file:
            for row in file:
                yield SPACES.sub(" ", json.loads(row)["text"]).strip()


def sentence_of(passage, generator):
    """One sentence of a passage of 6 to 40 words, or None."""
    fitting = [sentence for sentence in SENTENCE.split(passage) if 6 <= len(sentence.split()) <= 40]
    return generator.choice(fitting) if fitting else None
