"""Writes Sources/CNeedletailAssets/unicode.c: what the tokenizers need to know about every Unicode scalar.

The tables hold the reference library's view, which is a mixture of Unicode versions: categories of Unicode 8 for
BERT's cleaning and punctuation, normalization data of Unicode 12, casing, numbers and word characters of whatever its
Rust toolchain carried. So every property is asked of the library itself, scalar by scalar; only the one-step
decompositions come from Python's unicodedata, and each pair built from them is checked against the library.

    python Tools/unicode/generate.py     # tokenizers as pinned in Tools/reference/requirements.txt; about a minute
"""

import sys
import unicodedata

from tables import SCALARS, blocks, flat, number, table, write
from tokenizers import normalizers, pre_tokenizers

WHITESPACE, CONTROL, PUNCTUATION, NONSPACING, MARK, WORD, NUMERIC, CANONICAL, COMPATIBLE, CASED, IDEOGRAPH = (
    1 << bit for bit in range(11)
)


def bert(**options):
    return normalizers.BertNormalizer(
        **{"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False, **options}
    )


def classes(nfd):
    """One mapping from scalar to combining class; sparse."""
    low, high = "\u0334", "\u0345"  # classes 1 and 240, the ends of the scale

    def moves(mark):
        return nfd.normalize_str(mark + low) == low + mark or nfd.normalize_str(high + mark) == mark + high

    # One mark for each class, among those that the library knows.
    known = {1: low, 240: high}
    for c in SCALARS:
        if unicodedata.combining(chr(c)) and moves(chr(c)):
            known.setdefault(unicodedata.combining(chr(c)), chr(c))
    found = {}
    for c in SCALARS:
        if c in (ord(low), ord(high)):
            found[c] = unicodedata.combining(chr(c))
            continue
        if len(nfd.normalize_str(chr(c))) != 1:
            continue
        if not moves(chr(c)):
            continue
        # It stays where it is beside marks of its own class in either order.
        same = [
            k for k, mark in known.items()
            if nfd.normalize_str(chr(c) + mark) == chr(c) + mark and nfd.normalize_str(mark + chr(c)) == mark + chr(c)
        ]
        assert len(same) == 1, (hex(c), same)
        found[c] = same[0]
    return found


def main():
    nfc, nfd, nfkd = normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()
    clean, strip = bert(clean_text=True), bert(strip_accents=True)
    chinese, accents, lower = bert(handle_chinese_chars=True), normalizers.StripAccents(), normalizers.Lowercase()
    bert_split, words, digits = (
        pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True))
    spaces = pre_tokenizers.WhitespaceSplit()
    combining = classes(nfd)

    pool, spans = [], {}

    def span(text):
        if text not in spans:
            spans[text] = len(pool)
            pool.extend(ord(c) for c in text)
        return spans[text] << 8 | len(text)

    canonical, compatible, cased, records, record_of, composed = [], [], [], {}, [], []
    for c in range(0x110000):
        flags = 0
        if not 0xD800 <= c < 0xE000:
            s = chr(c)
            split = spaces.pre_tokenize_str("a" + s + "b")
            flags |= WHITESPACE * (len(split) == 2)
            flags |= CONTROL * (clean.normalize_str(s) == "" and c not in (0, 0xFFFD))
            flags |= PUNCTUATION * (len(bert_split.pre_tokenize_str("a" + s + "b")) == 3)
            d, k, low = nfd.normalize_str(s), nfkd.normalize_str(s), lower.normalize_str(s)
            flags |= NONSPACING * (d == s and strip.normalize_str(s) == "")
            flags |= MARK * (accents.normalize_str(s) == "")
            flags |= WORD * (words.pre_tokenize_str("a" + s)[0][0] == "a" + s)
            flags |= NUMERIC * (len(digits.pre_tokenize_str("a" + s + "b")) == 3)
            flags |= IDEOGRAPH * (chinese.normalize_str(s) != s)
            hangul = 0xAC00 <= c <= 0xD7A3
            if d != s:
                flags |= CANONICAL
                if not hangul:
                    canonical.append((c, span(d)))
            if k != s:
                flags |= COMPATIBLE
                if not hangul and k != d:
                    compatible.append((c, span(k)))
            if low != s:
                flags |= CASED
                cased.append((c, span(low)))
            step = unicodedata.decomposition(s).split()
            if len(step) == 2 and not step[0].startswith("<"):
                pair = chr(int(step[0], 16)) + chr(int(step[1], 16))
                if nfc.normalize_str(pair) == s:
                    composed.append((int(step[0], 16) << 32 | int(step[1], 16), c))
        record = flags | combining.get(c, 0) << 16
        record_of.append(records.setdefault(record, len(records)))
    index, found = blocks(record_of)
    assert len(records) < 256 and len(found) < 65536 and len(pool) < 1 << 24
    composed.sort()

    def listed(kind, name, values):
        return table(kind, name, values, columns=16, spell=number)

    source = (
        listed("uint32_t", "nt_unicode_records", records)
        + listed("uint16_t", "nt_unicode_index", index)
        + listed("uint8_t", "nt_unicode_blocks", flat(found))
        + listed("uint32_t", "nt_unicode_pool", pool)
        + "".join(
            listed("uint32_t", f"nt_unicode_{name}_{part}", [row[i] for row in rows])
            for name, rows in (("canonical", canonical), ("compatible", compatible), ("cased", cased))
            for i, part in enumerate(("keys", "spans")))
        + "".join(
            f"const uint32_t nt_unicode_{name}_count = {count};\n"
            for name, count in (
                ("pool", len(pool)), ("canonical", len(canonical)), ("compatible", len(compatible)),
                ("cased", len(cased)), ("pair", len(composed))))
        + listed("uint64_t", "nt_unicode_pair_keys", [p[0] for p in composed])
        + listed("uint32_t", "nt_unicode_pair_values", [p[1] for p in composed])
    )
    write(__file__, "nt_unicode.h", source, name="unicode", beside=f" and unicodedata {unicodedata.unidata_version}")
    print(f"{len(records)} records, {len(found)} blocks, {len(pool)} pooled scalars, {len(combining)} combining", file=sys.stderr)
    print({"canonical": len(canonical), "compatible": len(compatible), "cased": len(cased), "pairs": len(composed)}, file=sys.stderr)


main()
