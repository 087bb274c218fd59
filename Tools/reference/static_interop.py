"""Checks that sentence-transformers opens a static folder made by `needletail distill static` and agrees on vectors.

    python Tools/reference/static_interop.py FOLDER NEEDLETAIL

FOLDER is a float32 static model, NEEDLETAIL the program. Both embed the texts below; the largest difference must be at
most 2e-5. Reads `needletail embed --format npy`.
"""

import io
import json
import subprocess
import sys

import numpy
from sentence_transformers import SentenceTransformer

texts = [
    "",
    "A swift in flight.",
    "Ünïcödé, naïve café — 東京 and Привет",
    "a " * 1000 + "long text",
    "UPPER lower MiXeD 12345 !?",
    "the same word the same word",
    "\u0001 control and \u200b zero width",
    *(f"Sentence number {number} about rivers, towns and birds." for number in range(50)),
]
folder, program = sys.argv[1:3]
expected = SentenceTransformer(folder, device="cpu").encode(texts)
rows = "".join(json.dumps(text) + "\n" for text in texts)
command = [program, "embed", "--model", folder, "--input", "-", "--format", "npy", "--output", "-", "--quiet"]
answer = subprocess.run(command, input=rows.encode(), stdout=subprocess.PIPE, check=True).stdout
found = numpy.load(io.BytesIO(answer))
difference = float(numpy.abs(expected - found).max())
print(f"{len(texts)} texts, {found.shape[1]} features, largest difference {difference:.2e}")
sys.exit(0 if found.shape == expected.shape and difference <= 2e-5 else 1)
