"""Where things are: the repository, and the cache of models and of what peers need made from them."""

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "needletail"


def graphs(model):
    """The folder of the graphs made from a model folder: another model, or other weights, is another folder."""
    model = Path(model).resolve()
    digest = hashlib.sha256((model / "config.json").read_bytes())
    with open(model / "model.safetensors", "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return CACHE / "peers/graphs" / f"{model.name}-{digest.hexdigest()[:12]}"
