"""Writes Sources/CNeedletailAssets/regex_classes.c: the character classes that the patterns of tokenizers use.

The reference library's regular expressions carry a Unicode version of their own, so each class is asked of them.

    python Tools/unicode/regex_classes.py     # tokenizers as pinned in Tools/reference/requirements.txt
"""

from tables import SCALARS, blocks, flat, table, write
from tokenizers import Regex, pre_tokenizers

CLASSES = [
    r"\p{L}", r"\p{N}", r"\s", r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", r"\p{M}",
]


def main():
    everything = "".join(map(chr, SCALARS))
    flags = [0] * 0x110000
    for bit, pattern in enumerate(CLASSES):
        runs = pre_tokenizers.Split(Regex(pattern + "+"), "removed", invert=True).pre_tokenize_str(everything)
        for run, _ in runs:
            for scalar in run:
                flags[ord(scalar)] |= 1 << bit
    index, found = blocks(flags)
    assert len(found) < 65536
    write(__file__, "nt_regex_classes.h",
          table("uint16_t", "nt_regex_index", index) + table("uint8_t", "nt_regex_blocks", flat(found)))
    print(f"{len(found)} blocks")


main()
