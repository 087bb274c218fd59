"""Writes Sources/CNeedletailAssets/scripts.c: which script a scalar has for the reference library's UnicodeScripts.

Two scalars have one script where the library does not cut between them, so one of each script found so far is asked.

    python Tools/unicode/scripts.py     # tokenizers as pinned in Tools/reference/requirements.txt
"""

from tables import SCALARS, blocks, flat, table, write
from tokenizers import pre_tokenizers


def main():
    split = pre_tokenizers.UnicodeScripts().pre_tokenize_str
    # What has no script is dropped at the start; runs of one script are one piece.
    scripts, known = [0] * 0x110000, []
    for c in SCALARS:
        if not split(chr(c)):
            continue
        previous = scripts[c - 1] if c else 0
        order = ([previous] if previous else []) + [n for n in range(1, len(known) + 1) if n != previous]
        found = next((n for n in order if len(split(known[n - 1] + chr(c))) == 1), None)
        if found is None:
            known.append(chr(c))
            found = len(known)
        scripts[c] = found
    assert len(known) < 256
    index, found = blocks(scripts)
    write(__file__, "nt_scripts.h",
          table("uint16_t", "nt_script_index", index) + table("uint8_t", "nt_script_blocks", flat(found)))
    print(f"{len(known)} scripts, {len(found)} blocks")


main()
