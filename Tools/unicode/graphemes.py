"""Writes Sources/CNeedletailAssets/graphemes.c: where the reference library sees grapheme clusters end.

    python Tools/unicode/graphemes.py        # needs tokenizers, see Tools/reference/requirements.txt

The library looks up clusters of less than six bytes whole, so that is where a cluster's end can be seen from outside.
A charsmap that turns every short cluster, and every scalar of a longer one, into one letter counts them. The classes
are those of UAX 29; what no such text can tell apart, as regional indicators, stays "other".
"""

import struct

from tables import blocks, flat, table, write
from tokenizers import normalizers

(OTHER, CONTROL, EXTEND, CONJUNCT_EXTEND, LINKER, JOINER, SPACING, PREPEND, LEADING, VOWEL, TRAILING, OPEN_SYLLABLE,
 CLOSED_SYLLABLE, PICTOGRAPH, CONSONANT) = range(15)


def counter():
    """A normalizer whose output has one letter for every short cluster and for every scalar of a long one."""
    units = [0] * 1024
    units[0] = 256 << 10
    for byte in range(1, 256):
        units[256 ^ byte] = 512 << 10 | 1 << 8 | byte
        units[768 ^ byte] = 1 << 31
    return normalizers.Precompiled(struct.pack("<I1024I", 4096, *units) + b"X\0")


def classify(scalar, count):
    size = len(scalar.encode())
    if scalar == "\u200d":
        return JOINER
    if scalar in "\r\n\0":
        return CONTROL
    if count("a" + scalar) == 1:
        if count("\u0915" + scalar + "\u0915\u0301") == 4:
            return LINKER
        if count("\u0915" + scalar + "\u094d\u0915\u0301") == 5:
            return CONJUNCT_EXTEND
        return EXTEND if count("\u00a9" + scalar + "\u200d\u00a9\u0301") == 5 else SPACING
    if count(scalar + "\u0301\u0302") == 2:
        return CONTROL
    if count(scalar + "a") == 1:
        return PREPEND
    if count("\u00a9\u200d" + scalar + "\u0301") == 4:
        return PICTOGRAPH
    if size >= 3:
        before_vowel = count(scalar + "\u1161\u0301") == 3
        before_trailing = count(scalar + "\u11a8\u0301") == 3
        if count(scalar + "\u1100\u0301") == 3:
            return LEADING
        if before_vowel:
            return VOWEL if count("\u0600\u1161" + scalar) == 3 else OPEN_SYLLABLE
        if before_trailing:
            return TRAILING if count("\u0600\u11a8" + scalar) == 3 else CLOSED_SYLLABLE
    if count(scalar + "\u094d\u0915\u0301") == 4:
        return CONSONANT
    return OTHER


def main():
    normalizer = counter()

    def count(text):
        return len(normalizer.normalize_str(text))

    classes = [OTHER if 0xD800 <= c < 0xE000 else classify(chr(c), count) for c in range(0x110000)]
    index, found = blocks(classes)
    assert len(found) < 256
    write(__file__, "nt_unicode.h",
          table("uint8_t", "nt_grapheme_index", index, columns=32)
          + table("uint8_t", "nt_grapheme_blocks", flat(found), columns=32))
    print({value: classes.count(value) for value in range(15)}, len(found), "blocks")


main()
