"""Sizes and names of Swift files: at most 600 lines, and no name that says nothing."""

import os
import re

from source import Faults, code, files, text

LIMIT, THINK = 600, 400
EMPTY = {"Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Manager", "Common", "Ops", "Base"}
TYPE = re.compile(r"\b(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

faults = Faults()


def empty_word(name):
    """A word of the name that says nothing, or None."""
    return next((word for word in WORD.findall(name) if word[:1].upper() + word[1:] in EMPTY), None)


for path in files("Sources", "Tests", "Examples", "Snippets", suffixes=[".swift"]):
    lines = code(text(path)).splitlines()
    if len(lines) > LIMIT:
        faults.add(path, len(lines), f"has {len(lines)} lines; split it by {LIMIT}")
    elif len(lines) > THINK:
        faults.warn(path, len(lines), f"has {len(lines)} lines; think at {THINK} whether it is about one thing")
    for number, line in enumerate(lines, 1):
        for name in TYPE.findall(line):
            if word := empty_word(name):
                faults.add(path, number, f"the type name {name} says nothing with \"{word}\"; name what it is about")

for path in files("Sources", "Tests", "Examples", "Snippets", suffixes=[".swift", ".c", ".h"]):
    if word := empty_word(os.path.splitext(os.path.basename(path))[0]):
        faults.add(path, 1, f"the file name says nothing with \"{word}\"; name what it is about")
faults.finish()
