"""Checks the server's description, and asks every place of a running server what the description allows and forbids.

    $(Tools/python-with Tools/server-requirements.txt) Tests/server/openapi.py --url http://127.0.0.1:8080

Statuses, media types, headers and bodies of the answers have to be those of the description, nothing may be a fault of
the server, and what the description forbids has to be refused. Collections are made and deleted: let the server have a
folder that nobody needs. The last line says how many operations passed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import xml.etree.ElementTree
from pathlib import Path

from openapi_spec_validator import validate

HERE = Path(__file__).resolve().parent
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance")
# 413 is how a body that is too large or has too many inputs is refused.
SETTINGS = """
[checks]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "5xx"]
"""


def ask(url, key, method="GET", path="", body=None):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(url + path, method=method, headers=headers, data=body and json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def prepare(url, key):
    """A collection that the description's examples speak of."""
    try:
        ask(url, key, "POST", "/v1/collections", {"name": "notes"})
    except urllib.error.HTTPError as error:
        assert error.code == 409, error
    ask(url, key, "POST", "/v1/collections/notes/documents",
        {"documents": [{"id": "a", "text": "A swift in flight", "metadata": {"year": 2020}}]})


parser = argparse.ArgumentParser()
parser.add_argument("--url", required=True)
parser.add_argument("--key", help="a key that allows everything")
parser.add_argument("--examples", type=int, default=20, help="requests made up for each operation and way of making them up")
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
url = options.url.rstrip("/")

description = ask(url, None, path="/openapi.json")
validate(description)
prepare(url, options.key)
with tempfile.TemporaryDirectory() as folder:
    (Path(folder) / "schemathesis.toml").write_text(SETTINGS)
    report = Path(folder) / "report.xml"
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(HERE)}
    key = ["-H", f"Authorization: Bearer {options.key}"] if options.key else []
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", url + "/openapi.json", "--checks", CHECKS, "--phases",
         "examples,coverage,fuzzing", "--max-examples", str(options.examples), "--seed", str(options.seed),
         "--generation-database", "none", "--continue-on-failure", "--no-color", "--report", "junit", "--report-junit-path",
         str(report), *key],
        cwd=folder, env=environment, capture_output=True, text=True)
    cases = list(xml.etree.ElementTree.parse(report).getroot().iter("testcase")) if report.exists() else []
failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
if done.returncode != 0:
    print(done.stdout)
    print(done.stderr)
for case in failed:
    print(f"FAILED  {case.get('name')}")
# A run that ends without naming an operation is a failure, too.
others = 1 if done.returncode != 0 and not failed or not cases else 0
print(f"{len(cases) - len(failed)} passed, {len(failed) + others} failed")
sys.exit(1 if failed or others else 0)
