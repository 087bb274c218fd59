"""Doc comments of public Swift declarations in Sources; requirements of public protocols count as public.

Cases of enums may share the comment of their enum. Every library has a start-here page.
"""

import os
import re

from source import Faults, code, files, text

PUBLIC = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:[a-z]+(?:\(set\))?\s+)*?(?:public|open)\s+(?:[a-z]+(?:\([a-z]+\))?\s+)*?"
    r"(?P<kind>struct|class|enum|protocol|actor|typealias|func|init|var|let|subscript|macro)\b"
    r"[?!]?\s*(?P<name>[\w`]*)")
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*public import\b")
ATTRIBUTE = re.compile(r"^\s*@\w+(\(.*\))?\s*$")
CONDITION = re.compile(r"^\s*#(if|elseif|else|endif)\b")
OPENING = re.compile(r"^\s*(?:[a-z]+\s+)*public\s+(?:[a-z]+\s+)*(?:protocol|extension)\b.*\{\s*$")
MEMBER = re.compile(r"^\s*(?:@\w+\s+)*(?:static |mutating |nonisolated )*(?P<kind>func|init|var|let|subscript|"
                    r"associatedtype)\b[?!]?\s*(?P<name>[\w`]*)")

faults = Faults()


def documented(raw, index):
    """Whether a doc comment ends above line `index`, attributes and conditions passed over."""
    index -= 1
    while index >= 0 and (ATTRIBUTE.match(raw[index]) or CONDITION.match(raw[index])):
        index -= 1
    return index >= 0 and (raw[index].lstrip().startswith("///") or raw[index].rstrip().endswith("*/"))


for name in sorted(os.listdir("Sources")):
    page = f"Sources/{name}/{name}.docc/{name}.md"
    if name.startswith("Needletail") and files(f"Sources/{name}", suffixes=[".swift"]) and not os.path.exists(page):
        faults.add(page, 1, "is missing; say in it what the library is for, where to start, and list its topics")

for path in files("Sources", suffixes=[".swift"]):
    raw = text(path).splitlines()
    plain = code("\n".join(raw)).splitlines()
    depth, implicit = 0, []  # depths at whose members are public without saying so
    for index, line in enumerate(plain):
        found = None if IMPORT.match(line) else PUBLIC.match(line)
        if not found and implicit and depth == implicit[-1] and not re.match(r"^\s*(private|fileprivate|package|internal)", line):
            found = MEMBER.match(line)
        if found and "override" not in line.split("(")[0] and not documented(raw, index):
            name = found["name"] or found["kind"]
            faults.add(path, index + 1, f"public {found['kind']} {name} has no doc comment; say what it is for with ///")
        if OPENING.match(line):
            implicit.append(depth + 1)
        depth += line.count("{") - line.count("}")
        while implicit and depth < implicit[-1]:
            implicit.pop()
faults.finish()
