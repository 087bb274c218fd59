"""Markdown: relative links, their headings and named files exist, every page of docs is in the index, decisions are
numbered once, and nothing points at a decision that is gone."""

import os
import re

from source import Faults, files, text

DECISIONS = "docs/decisions"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)")
# Paths in code spans that promise a file of this repository.
NAMED = re.compile(r"`((?:Sources|Snippets|Tests|Tools|Scripts|Benchmarks|docs|Examples)/[\w./+-]*[\w+-])/?`")
# The end of such a path, as in `simd/tile.h`, where the folder above is clear.
SHORTENED = re.compile(r"`((?:[\w.+-]+/)+[\w.+-]+\.(?:swift|c|h|py|md|sh))`")
DECISION = re.compile(r"docs/decisions/\d{4}-[\w-]+\.md")
PAGE = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")

faults = Faults()
every_file = ["/" + path for path in files(".", suffixes=[".swift", ".c", ".h", ".py", ".md", ".sh"])]


INDEX = "docs/README.md"
HEADING = re.compile(r"^#{1,6} +(.*?) *#*$")


def anchors(path):
    """The names under which a page's headings can be linked, as GitHub makes them."""
    found = set()
    for line in text(path).splitlines():
        if heading := HEADING.match(line):
            found.add(re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-"))
    return found


def check_index():
    """Every page below docs can be found from its index."""
    if not os.path.exists(INDEX):
        return
    linked = {os.path.normpath(os.path.join("docs", (match[1] or match[2]).split("#")[0]))
              for match in LINK.finditer(text(INDEX))}
    for page in files("docs", suffixes=[".md"]):
        if page != INDEX and page not in linked:
            faults.add(INDEX, 1, f"does not link {page}; add it, with a line about it")


def check_links(path):
    fenced = False
    for number, line in enumerate(text(path).splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced or line.startswith("    "):
            continue
        for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            target, _, anchor = (match[1] or match[2]).partition("#")
            if re.match(r"^[a-z]+:", target):
                continue
            place = os.path.join(os.path.dirname(path), target) if target else path
            if not os.path.exists(place):
                faults.add(path, number, f"the link {target} leads nowhere; correct or remove it")
            elif anchor and place.endswith(".md") and anchor not in anchors(place):
                faults.add(path, number, f"the link {target}#{anchor} names no heading; correct or remove it")
        for match in NAMED.finditer(line):
            if not os.path.exists(match[1]):
                faults.add(path, number, f"there is no {match[1]}; name the file as it is called now")
        for match in SHORTENED.finditer(line):
            if not any(file.endswith("/" + match[1]) for file in every_file) and not NAMED.match(match[0]):
                faults.add(path, number, f"no path ends in {match[1]}; name the file as it is called now")


def check_decisions():
    seen = {}
    for name in sorted(os.listdir(DECISIONS)) if os.path.isdir(DECISIONS) else []:
        path = f"{DECISIONS}/{name}"
        page = PAGE.match(name)
        if not page:
            faults.add(path, 1, "a decision is called NNNN-what-it-is-about.md; rename it")
            continue
        if page[1] in seen:
            faults.add(path, 1, f"the number {page[1]} belongs to {seen[page[1]]}; take the next free one")
        seen[page[1]] = name
        first = (text(path).splitlines() or [""])[0]
        if not first.startswith(f"# {page[1]} "):
            faults.add(path, 1, f"the title should begin with \"# {page[1]} \"")


for page in files(".", suffixes=[".md"]):
    check_links(page)
check_decisions()
check_index()
for path in files("Sources", "Snippets", "Tests", "Tools", "Scripts", "docs", "Benchmarks", suffixes=[".swift", ".c", ".h", ".md", ".py"]):
    source = text(path)
    if len(source) > 200_000:
        continue
    for number, line in enumerate(source.splitlines(), 1):
        for name in DECISION.findall(line):
            if not os.path.exists(name):
                faults.add(path, number, f"there is no {name}; name the page as it is called now")
faults.finish()
