"""Constructs that the sources do not use."""

import os
import re

from source import Faults, code, files, text

SWIFT = [
    (re.compile(r"\btry!"), "try! can trap; throw the error on"),
    (re.compile(r"\bas!"), "as! can trap; use as? and throw a typed error"),
    (re.compile(r"\bfatalError\("), "fatalError( ends the process; throw for wrong input, precondition for a wrong program"),
    (re.compile(r"@testable\b"), "@testable is not used; test through public or package symbols"),
    (re.compile(r"\bString\(\s*format:"), "String(format: needs Foundation; write the digits with plain Swift"),
    (re.compile(r"\bTask\.detached\b"), "a detached task is cancelled by nobody; use a task group or a child task"),
    (re.compile(r"\bnonisolated\(unsafe\)"), "nonisolated(unsafe) hides a data race; use a Mutex"),
]
LIBRARY = [(re.compile(r"(?<![\w.])(print|debugPrint|dump)\("), "a library never prints; return or throw what is to be said")]
C_LIBRARY = [(re.compile(r"(?<!\w)(printf|fprintf|puts|perror|malloc|calloc|realloc|free|abort|exit)\s*\("),
              "kernels and tables never print, allocate or end the process; leave it to the caller")]
EVERYWHERE = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "a note to do later belongs into an issue; finish it or remove it"),
]
MANIFEST = [(re.compile(r"\bunsafeFlags\b"), "unsafeFlags keeps others from depending on the package; use an attribute region")]
INTRINSICS = re.compile(r"#\s*include\s*<((?:\w*mmintrin|immintrin|x86intrin|x86gprintrin|\w*avx\w*intrin|cpuid)\.h|"
                        r"arm_(?:neon|sve|acle)\.h)>")

UNCHECKED = re.compile(r"@unchecked Sendable\b")
PROOF_LINES = 8

faults = Faults()


def proofs(path, raw, plain):
    """A promise that the compiler does not check has its reason in the comment above."""
    lines = raw.splitlines()
    for number, line in enumerate(plain.splitlines()):
        above = lines[max(0, number - PROOF_LINES) : number]
        if UNCHECKED.search(line) and not any("`@unchecked Sendable`:" in other for other in above):
            faults.add(path, number + 1, "@unchecked Sendable without proof; write /// `@unchecked Sendable`: why it holds")


def search(path, source, rules):
    for number, line in enumerate(source.splitlines(), 1):
        for rule, advice in rules:
            if rule.search(line):
                faults.add(path, number, advice)


def intrinsics(path, source):
    """Headers of intrinsics stand only in files that carry the name of their instruction set."""
    name = os.path.basename(path)
    for number, line in enumerate(source.splitlines(), 1):
        header = INTRINSICS.match(line)
        if not header:
            continue
        words = ("neon",) if header[1].startswith("arm_") else ("avx", "sse", "x86", "amx")
        if not any(word in name for word in words):
            faults.add(path, number, f"<{header[1]}> belongs into a file named after its instruction set")


for path in files("Sources", "Tests", "Examples", "Snippets", suffixes=[".swift"]):
    plain = code(text(path))
    rules = SWIFT if path.startswith("Sources") else [rule for rule in SWIFT if "testable" in rule[0].pattern]
    search(path, plain, rules)
    if path.startswith("Sources"):
        proofs(path, text(path), plain)
    if path.startswith("Sources") and not path.startswith("Sources/needletail-cli"):
        search(path, plain, LIBRARY)
for path in files("Sources", suffixes=[".c", ".h"]):
    source = text(path)
    if len(source) < 200_000:  # generated tables are data
        search(path, code(source), C_LIBRARY)
    intrinsics(path, source)
for path in files("Sources", suffixes=[".swift", ".c", ".h", ".md"]):
    source = text(path)
    if len(source) < 200_000:
        search(path, source, EVERYWHERE)
search("Package.swift", code(text("Package.swift")), MANIFEST)
faults.finish()
