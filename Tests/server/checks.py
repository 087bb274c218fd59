"""Counts checks and says which fail; a check is a function whose name and first line of documentation say what it holds."""

import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def run(context):
    """Runs all checks; prints what fails and, last, how many passed. Returns whether all did."""
    failed = 0
    for function in CHECKS:
        try:
            function(context)
            print(f"ok      {function.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED  {function.__name__}: {(function.__doc__ or '').strip().splitlines()[:1]}")
            traceback.print_exc(limit=-3, file=sys.stdout)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return failed == 0


class Context:
    """The servers, and what the library itself gives."""

    def __init__(self, url, other, program, model, precision):
        self.url = url.rstrip("/")
        self.other = other.rstrip("/")
        self.program, self.model, self.precision = program, model, precision

    def vectors(self, texts, *options):
        """The library's vectors, float32 [texts, dimension]."""
        with tempfile.TemporaryDirectory() as folder:
            rows = Path(folder) / "texts.jsonl"
            rows.write_text("".join(json_line(text) for text in texts), encoding="utf-8")
            output = Path(folder) / "vectors.npy"
            subprocess.run(
                [self.program, "embed", "--model", self.model, "--precision", self.precision, "--input", str(rows),
                 "--input-format", "jsonl", "--format", "npy", "--output", str(output), "--quiet", *options],
                check=True)
            return np.load(output)


def json_line(text):
    return json.dumps(text) + "\n"


def same_bytes(found, expected):
    found = np.asarray(found, dtype=np.float32)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    assert found.tobytes() == expected.tobytes(), f"differs by up to {np.abs(found - expected).max()}"


def close(found, expected, tolerance):
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert found.shape == expected.shape, (found.shape, expected.shape)
    assert found.size == 0 or np.abs(found - expected).max() <= tolerance, np.abs(found - expected).max()
