"""Places of one machine: no file of the tree names a folder that only its author's machine has."""

import os
import re

from source import Faults

SKIPPED = {".git", "node_modules", "__pycache__"}
# A path from the root into a home, a workspace or a folder for temporary files. Names for examples are allowed.
PLACE = re.compile(r"(?<![\w$}).~/-])/(?:work|root|private/tmp|var/folders|tmp|(?:home|Users)/(?!x/|you/|user/)\w[\w.-]*)/\w")
LARGEST = 20 << 20

faults = Faults()

for folder, folders, names in os.walk("."):
    folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith((".build", ".swiftpm")))
    for name in sorted(names):
        path = os.path.normpath(os.path.join(folder, name))
        if name == ".git" or os.path.islink(path) or os.path.getsize(path) > LARGEST:
            continue
        with open(path, "rb") as file:
            content = file.read()
        if b"\0" in content[:8192]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if found := PLACE.search(line):
                faults.add(path, number, f"names a place of one machine, {found[0]}…; use a relative path or a variable")
faults.finish()
