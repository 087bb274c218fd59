"""What the checks share: the repository's files, Swift text without comments and strings, and faults."""

import os
import sys

SKIPPED = {"Fixtures", "Generated", "node_modules"}


def files(*roots, suffixes):
    """Paths below `roots` that end in one of `suffixes`, sorted; hidden folders, fixtures and generated code are left out."""
    found = []
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
            found += [os.path.normpath(os.path.join(folder, name)) for name in names if name.endswith(tuple(suffixes))]
    return sorted(found)


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def code(source):
    """Swift or C source with comments and string contents as spaces; the lines stay where they are."""
    result = []
    index = 0
    while index < len(source):
        end = index + 1
        keep = 0
        if source.startswith("//", index):
            end = source.find("\n", index)
            end = len(source) if end < 0 else end
        elif source.startswith("/*", index):
            end = _comment(source, index)
        elif source[index] in "\"#":
            marks = len(source) - index - len(source[index:].lstrip("#")) if source[index] == "#" else 0
            if source.startswith('"', index + marks):
                end, keep = _string(source, index + marks, "#" * marks), 1
        if end == index + 1:
            result.append(source[index])
        else:
            inner = "".join("\n" if letter == "\n" else " " for letter in source[index + keep : end - keep])
            result.append('"' * keep + inner + '"' * keep)
        index = end
    return "".join(result)


def _comment(source, index):
    """The end of a block comment; Swift's nest."""
    depth = 0
    while index < len(source):
        if source.startswith("/*", index):
            depth, index = depth + 1, index + 2
        elif source.startswith("*/", index):
            depth, index = depth - 1, index + 2
            if depth == 0:
                return index
        else:
            index += 1
    return index


def _string(source, index, marks):
    """The end of the string literal whose quote is at `index`; interpolations count as its contents."""
    triple = source.startswith('"""', index)
    quote = ('"""' if triple else '"') + marks
    index += 3 if triple else 1
    depth = 0
    while index < len(source):
        if depth == 0 and source.startswith(quote, index):
            return index + len(quote)
        if source[index] == "\n" and not triple:
            return index
        if source.startswith("\\" + marks + "(", index):
            depth, index = depth + 1, index + 2 + len(marks)
        elif source.startswith("\\" + marks, index) and depth == 0:
            index += 2 + len(marks)
        elif depth and source[index] == '"':
            index = _string(source, index, "")
        else:
            depth += {"(": 1, ")": -1}.get(source[index], 0) if depth else 0
            index += 1
    return index


class Faults:
    """Prints one line a fault; the process ends with 1 if there was any."""

    def __init__(self):
        self.count = 0

    def add(self, path, line, message):
        self.count += 1
        print(f"{path}:{line}: {message}")

    def warn(self, path, line, message):
        print(f"{path}:{line}: warning: {message}")

    def finish(self):
        sys.exit(1 if self.count else 0)
