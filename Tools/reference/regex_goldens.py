"""Writes regex.golden.json: what the reference library makes of texts by regular expressions that have no scanner.

    python Tools/reference/regex_goldens.py

Expressions of real tokenizers and odd ones, each as Split in some of its behaviours, as Replace normalizer and as
Replace decoder. Places are offsets; what is replaced is read byte by byte.
"""

import itertools
import json

import tokenizers
from tokenizer_goldens import write

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
PATTERNS = [
    # DeepSeek V3, Split by Split
    r"\p{N}{1,3}", r"[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    # DeepSeek coder
    r"[\r\n]", r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+", r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", r"[一-龥ࠀ-一가-퟿]+",
    # BLOOM, Falcon, StarCoder, Phi, Command-R, GPT-NeoX
    r" ?[^(\s|[.,!?…。,、।۔،])]+", r"[0-9][0-9][0-9]", r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"\p{N}", r"\d", r"\d{1,3}(?=(?:\d{3})*\b)",
    # Of the Llama 3 kind, with small changes
    CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"(?:" + CONTRACTIONS + r")|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+",
    # Tekken and o200k, with small changes
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+|\p{N}{1,3}",
    # CLIP variants
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    r"'s|'t|'re|'ve|'m|'ll|'d|[a-zA-Z]+|[0-9]|[^\sa-zA-Z0-9]+", r"(?i)'s|'t|\w+",
    # XLM, T5, quotes of ALBERT, lines
    r" {2,}", r"``|''", r"``", r"\n", r"\n+", r"(\r\n|\r|\n)", r"[^\w\s]+", r"\w+|[^\w\s]+", r"[ \t]+$", r"^\s+|\s+$", r"^", r"$",
    r"\s{3,}|\t", r"[\u0020]{2,}", r"(?m).+?\.", r"[^\S\n]+", r"\S+", r"(?<=\p{Ll})(?=\p{Lu})", r"(?<!\p{L})\p{L}|\p{L}(?!\p{L})",
    r"\p{Script_Extensions}", r"\p{Hiragana}+|\p{Katakana}+|\p{Hangul}+|\p{Cyrillic}+|\p{Greek}+|\p{Thai}+|\p{Arabic}+",
    r"[[:punct:]]+|[[:space:]]+", r"[[:alpha:]&&[^a-m]]+", r"\h{2}", r"\R", r"\N+", r"\b", r"\B.", r"\bthe\b", r"a*", r"x*?", r"(?:)",
    r"(\w)\1", r"(?<q>['\"]).*?\k<q>", r"\K\s", r"(?>a+)b|a", r"a++|\s", r"(?x) \p{L}+  # letters", r"(?i)ss|ﬁ|k", r"(?i:STRASSE|İ)",
    r"(?<=ab|c)d|(?<!a)b", r"\x{e9}|\u0065|\x41", r"\p{Emoji}+", r"\p{So}\p{M}*(?:\x{200d}\p{So}\p{M}*)*", r"\Aa|b\z|c\Z",
    r"[a-c&&b-d]|[^a-z&&[^0-9]]", r"\d{2}?x", r"e{1,2}+", r"(a|ab)(c|bcd)(d*)", r"(?:a|b)*?c", r"[\]\[\\^-]", r"[^\n\r]{1,8}", r"[.\-_/]",
]
TEXTS = [
    "", " ", "The quick  brown   fox's jumps, over 12345 lazy dogs!\n\nIt'LL be\tfine.  ", "I'm you're he'D 'tis ''quoted'' ``so``",
    "naïve café Éclair ÉCOLE cafe\u0301 Straße STRASSE ﬁne İstanbul Kelvin K ſs", "東京は日本の首都です。漢字かな交じり文ﾃｽﾄ 한국어 中文，标点。", "Привет, мир! αβγ ΑΒΓ ΣΑΣ ไทย مرحبا، العربية۔",
    "def f(x):\r\n    return x[0] + y_1  # ok\r\n\r\n\r\n", "a.b-c_d/e 3.14 1,000,000 2024-01-02 0xFF aab bba abcd abd cd", "😀👩‍👩‍👧 ❤️ ½ ² Ⅷ ٣٤ $5 €6 + = < >", "camelCaseHTMLParser XMLHttp2 iOS\u00a0x\u2028y\u0085z\u3000",
    "<|startoftext|>hello<|endoftext|> 'a' \"b\" 'x\" [y] \\ ^ |", "aaa abab ccc xx  \n \n\n\t", "x\ny\nz\n", "e\u0301e\u0301 ee eee 12x 34x a",
]
BEHAVIORS = list(itertools.product(["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"], [False, True]))
UNKNOWN = {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}


def letters():
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(b) for b in plain] + [chr(0x100 + n) for n in range(256 - len(plain))]


BYTES = {"type": "BPE", "vocab": {letter: index for index, letter in enumerate(letters())}, "merges": []}


def specification(model, **parts):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": None, "post_processor": None, "decoder": None, "model": model, **parts}


def split(pattern, behavior, invert):
    return specification(UNKNOWN, pre_tokenizer={
        "type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert})


def replace(pattern, content):
    change = {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}
    return specification(BYTES, normalizer=change, decoder={"type": "Sequence", "decoders": [{"type": "Fuse"}, change]},
                         pre_tokenizer={"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False})


def result(reference, text):
    """`None` where the library panics, as it does on some matches of no length."""
    try:
        encoding = reference.encode(text)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None
    return {"ids": encoding.ids, "offsets": [place for offsets in encoding.offsets for place in offsets]}


def main():
    splits, replacements = [], []
    for number, pattern in enumerate(PATTERNS):
        try:
            tokenizers.Regex(pattern)
        except Exception:
            splits.append({"pattern": pattern, "refused": True})
            continue
        for behavior, invert in (BEHAVIORS[(3 * number + step) % 10] for step in range(3)):
            reference = tokenizers.Tokenizer.from_str(json.dumps(split(pattern, behavior, invert)))
            splits.append({"pattern": pattern, "behavior": behavior, "invert": invert, "pieces": [
                [place for offsets in reference.encode(text).offsets for place in offsets] for text in TEXTS]})
        content = ["", "x", "é ", "<>"][number % 4]
        reference = tokenizers.Tokenizer.from_str(json.dumps(replace(pattern, content)))
        ids = list(range(64, 90)) + [0, 5, 64, 64, 65, 12]
        replacements.append({"pattern": pattern, "content": content, "results": [
            result(reference, text) for text in TEXTS], "decoding": {"ids": ids, "text": reference.decode(ids)}})
    write("regex.golden.json", {"tokenizers": tokenizers.__version__, "texts": TEXTS, "letters": "".join(letters()),
                                "splits": splits, "replacements": replacements})


main()
