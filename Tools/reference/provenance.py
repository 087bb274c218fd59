"""What every fixture of this folder says about itself: which program and versions made it."""

import json
import platform
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def versions(*packages):
    """"transformers 5.23.0, torch 2.15.0, ...": the installed versions of the named packages."""
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in packages)


def metadata(script, *packages):
    """The string-to-string map that a safetensors header or a JSON fixture carries.

    One entry only: the safetensors library writes several in a random order, and a fixture made twice is the same
    file twice.
    """
    made = versions(*packages, "numpy") + f", Python {platform.python_version()}"
    return {"made_by": f"Tools/reference/{Path(script).name} with {made}"}


def write_json(path, value):
    """One compact line a top-level item, so that diffs stay readable and files small."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(key)}: {json.dumps(item, ensure_ascii=True)}" for key, item in value.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii")
