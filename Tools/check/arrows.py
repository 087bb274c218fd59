"""Arrows between targets, by the table of ARCHITECTURE.md: an arrow may only point to a lower layer.

Checked are the dependencies of Package.swift and the imports of every Swift file. Reads `swift package dump-package`
from standard input.
"""

import json
import os
import re
import sys

from source import Faults, code, files, text

MAP = "ARCHITECTURE.md"
MANIFEST = "Package.swift"
COMMAND_LINE = "needletail-cli"
TEST_SUPPORT = "NeedletailTestSupport"
# Test targets that are not called after their target; these run the program.
TESTS = {"NeedletailCommandTests": COMMAND_LINE}
# Arrows inside a layer: text stages and templates read JSON, text stages Unicode tables and search expressions, which
# know nothing of one another.
ALLOWED = {("NeedletailTokenizers", "NeedletailJSON"), ("NeedletailTokenizers", "CNeedletailAssets"),
           ("NeedletailTokenizers", "CPCRE2"), ("NeedletailTemplates", "NeedletailJSON")}
# Targets with one importer, beside their own tests.
OWNED = {"CNeedletail": "NeedletailTensor", "CZlib": "NeedletailFileSearch", "CPCRE2": "NeedletailTokenizers"}

ROW = re.compile(r"^\| *(\d+) *\| *`([\w-]+)` *\|")
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
                    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")
CONDITION = re.compile(r"^\s*#(if|elseif|else|endif)\b(.*)")

faults = Faults()


def read_layers():
    layers = {}
    for number, line in enumerate(text(MAP).splitlines(), 1):
        row = ROW.match(line)
        if row and row[2] in layers:
            faults.add(MAP, number, f"lists {row[2]} twice; keep one row")
        elif row:
            layers[row[2]] = int(row[1])
    return layers


def tested(target):
    """The target that a test target tests."""
    return TESTS.get(target) or (target[: -len("Tests")] if target.endswith("Tests") else None)


def problem(source, target, layers):
    """Why an arrow is not allowed, or None."""
    subject = tested(source)
    if target == COMMAND_LINE and subject != COMMAND_LINE:
        return "nobody imports the command line; move what is needed into a library"
    if target == TEST_SUPPORT:
        return None if subject else "only tests use the test support"
    if source == TEST_SUPPORT:
        return "the test support knows no room; move this to the tests that need it"
    if target == subject:
        return None
    owner = OWNED.get(target)
    if owner and source != owner:
        return f"only {owner} imports {target}; use what {owner} offers"
    base = subject or source
    if layers[target] < layers[base] or (base, target) in ALLOWED:
        return None
    return (f"{base} (layer {layers[base]}) may not use {target} (layer {layers[target]}): an arrow points to a lower "
            f"layer; move the code, or the target in {MAP}")


def line_of(name):
    for number, line in enumerate(text(MANIFEST).splitlines(), 1):
        if re.search(rf'(target|room|tests|Library|Target)\([^)]*"{re.escape(name)}"', line) or (
                re.match(rf'^\s*(name: )?"{re.escape(name)}",\s*(dependencies: )?$', line)):
            return number
    return 1


def folder(target):
    root = "Tests" if target["type"] == "test" else "Sources"
    return target.get("path") or f"{root}/{target['name']}"


def dependencies(target):
    return {(entry.get("byName") or entry.get("target") or [None])[0] for entry in target["dependencies"]} - {None}


def check_imports(name, path, ours, declared, layers):
    stack = []
    for number, line in enumerate(code(text(path)).splitlines(), 1):
        condition = CONDITION.match(line)
        if condition:
            word = condition[1]
            if word == "if":
                stack.append([condition[2].strip(), False])
            elif word == "endif" and stack:
                stack.pop()
            elif stack:
                stack[-1][1] = True
            continue
        found = IMPORT.match(line)
        if not found:
            continue
        target = found[1]
        guards = [negated for test, negated in stack if test == "canImport(FoundationEssentials)"]
        if path.startswith("Sources/") and target == "Foundation" and True not in guards:
            faults.add(path, number, "import Foundation only behind #else of #if canImport(FoundationEssentials)")
        if path.startswith("Sources/") and target == "FoundationEssentials" and False not in guards:
            faults.add(path, number, "import FoundationEssentials behind #if canImport(FoundationEssentials); other "
                                     "platforms have Foundation only")
        if target not in ours or target == name:
            continue
        if why := problem(name, target, layers):
            faults.add(path, number, f"import {target}: {why}")
        if target not in declared:
            faults.add(path, number, f"import {target}: not among the dependencies of {name}; add it to {MANIFEST}")


def main():
    targets = json.load(sys.stdin)["targets"]
    layers = read_layers()
    names = {target["name"] for target in targets}
    for target in targets:
        name = target["name"]
        if target["type"] != "test" and name != TEST_SUPPORT and name not in layers:
            faults.add(MANIFEST, line_of(name), f"target {name} has no row in the table of {MAP}; add it with its layer")
        if tested(name) and tested(name) not in names:
            faults.add(MANIFEST, line_of(name), f"{name} tests nothing: there is no target {tested(name)}")
    for name in layers.keys() - names:
        faults.add(MAP, 1, f"lists {name}, which {MANIFEST} does not have; remove the row")
    if faults.count:
        faults.finish()
    for root, kind in (("Sources", "target"), ("Tests", "test target")):
        known = {folder(target) for target in targets}
        for entry in sorted(os.listdir(root)):
            place = f"{root}/{entry}"
            if place not in known and files(place, suffixes=[".swift"]):
                faults.add(place, 1, f"holds Swift files and is no {kind}, so nothing builds it; add it to {MANIFEST}")
    for target in targets:
        name = target["name"]
        declared = dependencies(target) & names
        for other in sorted(declared):
            if why := problem(name, other, layers):
                faults.add(MANIFEST, line_of(name), f"{name} depends on {other}: {why}")
        for path in files(folder(target), suffixes=[".swift"]):
            check_imports(name, path, names, declared, layers)
    faults.finish()


main()
