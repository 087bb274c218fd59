"""What the server's collections promise, asked of servers of its own; the last line says how many checks passed.

    $(Tools/python-with Tools/server-requirements.txt) Tests/server/collection_checks.py [--program NEEDLETAIL]
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests

from checks import check, run

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "NeedletailEmbeddingTests/Fixtures"
WORDS = "swift owl tax law bird kettle tea rate bank river stone cloud music train paper garden winter bread".split()


class Context:
    """A server with a folder of collections, and the program that the command line runs."""

    def __init__(self, program, port, folder):
        self.program, self.port, self.folder = program, port, Path(folder)
        self.url = f"http://127.0.0.1:{port}"
        self.collections = self.folder / "collections"
        self.server = None

    def start(self, *arguments):
        self.server = subprocess.Popen(
            [self.program, "serve", "--port", str(self.port), "--quiet", "--collections", str(self.collections),
             "--model", "bundled", "--model", f"ranker={FIXTURES / 'cross-encoders/bert-sigmoid'}", *arguments])
        for _ in range(300):
            try:
                if requests.get(self.url + "/ready", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            if self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("the server did not start")

    def stop(self, how=signal.SIGTERM):
        if self.server is not None:
            self.server.send_signal(how)
            self.server.wait(timeout=40)
            self.server = None

    def ask(self, method, path, body=None, status=200, **settings):
        answer = requests.request(method, self.url + path, json=body, timeout=60, **settings)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text[:500])
        assert answer.headers.get("x-request-id") and answer.headers.get("x-content-type-options") == "nosniff"
        if status >= 400:
            error = answer.json()["error"]
            assert set(error) == {"message", "type", "param", "code"} and error["message"], error
        return answer.json() if answer.content else None

    def command(self, *arguments, status=0):
        done = subprocess.run([self.program, "collection", *arguments], capture_output=True, text=True, timeout=120)
        assert done.returncode == status, (arguments, done.returncode, done.stderr)
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) and "\n{" not in done.stdout else done.stdout

    def path(self, name):
        return str(self.collections / name)

    def make(self, name, documents=(), **members):
        made = self.ask("POST", "/v1/collections", {"name": name, **members}, 201)
        if documents:
            self.ask("POST", f"/v1/collections/{name}/documents", {"documents": list(documents)})
        return made


def texts(count, seed=1):
    generator = random.Random(seed)
    return [
        {"id": f"d{i}", "text": " ".join(generator.choices(WORDS, k=12)),
         "metadata": {"year": 1990 + i % 40, "lang": ["en", "de", "la"][i % 3], "tags": generator.sample(WORDS, 2)}}
        for i in range(count)]


@check
def life_of_a_collection(context):
    """Made, listed, described, searched and deleted."""
    made = context.make("life", texts(30))
    assert made == {"name": "life", "documents": 0, "dimension": made["dimension"], "model": "bundled",
                    "fields": ["text"], "metric": "cosine"}, made
    context.ask("POST", "/v1/collections", {"name": "life"}, 409)
    listed = context.ask("GET", "/v1/collections")["data"]
    assert [one["documents"] for one in listed if one["name"] == "life"] == [30], listed
    about = context.ask("GET", "/v1/collections/life")
    assert about["bytes"] > 0 and about["segments"] == 0
    assert {one["name"]: one["type"] for one in about["attributes"]} == {
        "lang": "string", "tags": "string", "year": "number"}, about
    values = {one["name"]: one["values"] for one in about["attributes"]}
    assert values["lang"] == ["de", "en", "la"] and values["year"] == list(range(1990, 2020)), values
    assert context.ask("POST", "/v1/collections/life/compact")["segments"] == 1
    context.ask("DELETE", "/v1/collections/life", status=204)
    context.ask("DELETE", "/v1/collections/life", status=404)
    context.ask("GET", "/v1/collections/life", status=404)
    assert not (context.collections / "life").exists()
    assert not [name for name in os.listdir(context.collections) if name.startswith(".")]


@check
def searches_as_the_command_line(context):
    """The server finds what `needletail collection search` finds, to the last bit."""
    context.make("same", texts(200))
    for query, where in [("birds that fly", None), ("tax of a bank", "year >= 2000"), ("tea", 'lang == "de"')]:
        body = {"query": query, "limit": 7, **({"where": where} if where else {})}
        found = context.ask("POST", "/v1/collections/same/search", body)["hits"]
        told = context.command("search", context.path("same"), query, "--limit", "7", "--json",
                               *(["--where", where] if where else []))
        assert [(hit["id"], hit["score"], hit["metadata"]) for hit in found] == [
            (hit["id"], hit["score"], hit["metadata"]) for hit in told], (found, told)
        assert all(hit["passage"] == {"start": 0, "end": len(hit["text"])} for hit in found), found
    answer = requests.post(context.url + "/v1/collections/same/search", json={"query": "tea", "explain": True})
    assert "in memory" in answer.json()["plan"] and float(answer.headers["x-inference-time"]) >= 0


@check
def filters(context):
    """Words and MongoDB's form say the same; what cannot be asked is told."""
    context.make("filters", texts(60))
    def ids(where, **more):
        body = {"query": "owl", "limit": 100, "where": where, **more}
        return sorted(hit["id"] for hit in context.ask("POST", "/v1/collections/filters/search", body)["hits"])
    for words, mongo in [("year >= 2010", {"year": {"$gte": 2010}}),
                         ('lang in ["en", "la"] and year < 2000', {"lang": {"$in": ["en", "la"]}, "year": {"$lt": 2000}}),
                         ('tags == "owl"', {"tags": "owl"})]:
        assert ids(words) == ids(mongo) == ids(mongo, exact=True) == ids(words, recall=0.5)
        expected = [d["id"] for d in texts(60) if
                    (d["metadata"]["year"] >= 2010 if words.startswith("year") else
                     d["metadata"]["lang"] in ("en", "la") and d["metadata"]["year"] < 2000 if words.startswith("lang") else
                     "owl" in d["metadata"]["tags"])]
        assert ids(words) == sorted(expected), words
    search = "/v1/collections/filters/search"
    for where in ["yaer > 3", "year >=", {"year": {"$near": 3}}, {}, 'year > "x"']:
        context.ask("POST", search, {"query": "owl", "where": where}, 422)
    context.ask("POST", search, {"query": "owl", "where": 3}, 400)
    drawn = context.ask("GET", "/v1/collections/filters/map?where=year%20%3E%3D%202010")
    assert drawn["total"] == len(ids("year >= 2010"))
    assert context.ask("GET", '/v1/collections/filters/map?where={"year":{"$gte":2010}}')["total"] == drawn["total"]


@check
def documents_one_by_one(context):
    """Pages, upserts, odd ids, deletions."""
    context.make("notes", texts(25))
    after, seen = 0, []
    while after is not None:
        page = context.ask("GET", f"/v1/collections/notes/documents?after={after}&limit=10")
        seen += [one["id"] for one in page["data"]]
        after = page["next"]
    assert seen == [f"d{i}" for i in range(25)], seen
    odd = ["a/b", "ü %", "..", "delete", "x" * 300]
    added = context.ask("POST", "/v1/collections/notes/documents", {
        "documents": [{"id": one, "text": "odd"} for one in odd] + [{"id": "d3", "text": "anew"}, {"id": 7, "text": "x"}]})
    assert added == {"added": 7, "last_id": "7"}, added
    for one in odd:
        quoted = "".join(f"%{byte:02x}" for byte in one.encode())
        connection = http.client.HTTPConnection("127.0.0.1", context.port)
        connection.request("GET", f"/v1/collections/notes/documents/{quoted}")
        answer = connection.getresponse()
        assert answer.status == 200 and json.load(answer)["id"] == one, one
    assert context.ask("GET", "/v1/collections/notes/documents/d3") == {"id": "d3", "text": "anew", "metadata": {}}
    assert context.ask("GET", "/v1/collections/notes")["documents"] == 31
    context.ask("DELETE", "/v1/collections/notes/documents/d4", status=204)
    context.ask("DELETE", "/v1/collections/notes/documents/d4", status=404)
    assert context.ask("POST", "/v1/collections/notes/documents/delete", {"ids": ["d5", "d6", "none"]}) == {"deleted": 2}
    count = context.ask("POST", "/v1/collections/notes/documents/delete", {"where": "year < 2000"})["deleted"]
    assert count == 6, count  # d0 to d9 without d3, which has no year any more, and d4 to d6
    context.ask("POST", "/v1/collections/notes/documents/delete", {}, 400)
    context.ask("POST", "/v1/collections/notes/documents/delete", {"ids": [], "where": "year < 3"}, 400)


@check
def rows_and_faults(context):
    """JSON and a row a line; a faulty row stores nothing."""
    context.make("rows")
    place = "/v1/collections/rows/documents"
    lines = "\n".join(json.dumps(one) for one in texts(5)) + "\n"
    for kind in ("application/x-ndjson", "application/jsonl; charset=utf-8"):
        assert context.ask("POST", place, data=lines.encode(), headers={"content-type": kind})["added"] == 5
    bad = lines + '{"id": "z"}\n'
    error = requests.post(context.url + place, data=bad, headers={"content-type": "application/x-ndjson"})
    assert error.status_code == 400 and "line 6" in error.text, error.text
    for body, status in [({}, 400), ({"documents": 3}, 400), ({"documents": [{"id": "q"}]}, 400),
                         ({"documents": [{"id": "q", "text": "x", "metadata": 3}]}, 400),
                         ({"documents": [{"id": "", "text": "x"}]}, 400),
                         ({"documents": [{"id": "q", "text": "x"}, {"id": "r", "text": "x", "vector": [1]}]}, 422),
                         ({"documents": [{"id": "q", "text": "x", "vector": [1, 2]}]}, 422)]:
        context.ask("POST", place, body, status)
    assert context.ask("POST", place, {"documents": []}) == {"added": 0, "last_id": None}
    assert context.ask("GET", "/v1/collections/rows")["documents"] == 5
    for body, status in [({}, 400), ({"query": "x", "vector": [1]}, 400), ({"query": " "}, 422), ({"vector": [1, 2]}, 422),
                         ({"query": "x", "limit": 0}, 400), ({"query": "x", "field": "title"}, 422),
                         ({"query": "x", "recall": 2}, 400), ({"query": "x", "rerank": "none"}, 404),
                         ({"query": "x", "rerank": "bundled"}, 422), ({"query": 3}, 400),
                         ({"query": "x", "fields": {"text": -1}}, 422)]:
        context.ask("POST", "/v1/collections/rows/search", body, status)
    for body, status in [({}, 400), ({"name": 3}, 400), ({"name": "x", "model": "none"}, 404), ({"name": "x", "model": "ranker"}, 422),
                         ({"name": "x", "metric": "taxicab"}, 400), ({"name": "x", "fields": []}, 422),
                         ({"name": "x", "fields": ["a", "a"]}, 422), ({"name": "x", "dimension": 3, "model": "bundled"}, 422)]:
        context.ask("POST", "/v1/collections", body, status)
    assert "x" not in os.listdir(context.collections)
    half = socket.create_connection(("127.0.0.1", context.port))
    half.sendall(b"POST /v1/collections/rows/documents HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n"
                 b"content-length: 4000\r\n\r\n" + b'{"id": "half", "text": "one"}\n')
    time.sleep(0.3)
    half.close()
    half = socket.create_connection(("127.0.0.1", context.port))
    half.sendall(b"POST /v1/collections/rows/documents HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n"
                 b"transfer-encoding: chunked\r\n\r\n1e\r\n" + b'{"id": "half", "text": "one"}\n\r\n')
    time.sleep(0.3)
    half.close()
    time.sleep(0.5)
    context.ask("GET", "/v1/collections/rows/documents/half", status=404)


@check
def no_way_out(context):
    """No name leads out of the folder of collections."""
    outside = context.folder / "outside"
    context.command("create", str(outside))
    os.symlink(outside, context.collections / "link")
    for name in ["..", "../outside", "%2e%2e%2foutside", "..%2Foutside", "link", ".hidden", "a%00b", "%2e", "outside%2f..",
                 "%c3%28", "x" * 65]:
        for method, rest in [("GET", ""), ("DELETE", ""), ("GET", "/documents"), ("POST", "/search")]:
            connection = http.client.HTTPConnection("127.0.0.1", context.port)
            connection.putrequest(method, f"/v1/collections/{name}{rest}", skip_host=False)
            connection.putheader("content-length", "15" if method == "POST" else "0")
            connection.endheaders()
            if method == "POST":
                connection.send(b'{"query": "ab"}')
            status = connection.getresponse().status
            assert status in (404, 405), (name, method, rest, status)
    for name in ["..", "../x", "a/b", ".x", "", "-x", "x" * 65, "é", "a\0b", "link/../x"]:
        context.ask("POST", "/v1/collections", {"name": name}, 422)
    context.ask("POST", "/v1/collections", {"name": "link"}, 409)
    assert outside.exists() and "link" not in [one["name"] for one in context.ask("GET", "/v1/collections")["data"]]


@check
def collections_of_both(context):
    """The command line opens what the server made, and the other way round, with the same model."""
    context.make("mine", texts(40))
    other = context.folder / "other.jsonl"
    other.write_text("".join(json.dumps({"id": f"e{i}", "text": f"the {word}"}) + "\n" for i, word in enumerate(WORDS)))
    context.command("add", context.path("mine"), str(other), status=1)  # The server writes.
    context.stop()
    context.command("add", context.path("mine"), str(other), "--quiet")
    context.command("create", context.path("theirs"), "--chunk", "16")
    long = " ".join(WORDS * 10)
    rows = context.folder / "long.jsonl"
    rows.write_text(json.dumps({"id": "long", "text": "ü𝄞 " + long}) + "\n")
    context.command("add", context.path("theirs"), str(rows), "--quiet")
    context.command("create", context.path("foreign"), "--model", str(FIXTURES / "cased"))
    context.command("add", context.path("foreign"), str(other), "--quiet")
    context.start()
    assert context.ask("GET", "/v1/collections/mine")["documents"] == 40 + len(WORDS)
    for name in ("mine", "theirs", "foreign"):
        found = context.ask("POST", f"/v1/collections/{name}/search", {"query": "a kettle of tea", "limit": 3})["hits"]
        told = context.command("search", context.path(name), "a kettle of tea", "--limit", "3", "--json")
        assert [(hit["id"], hit["score"]) for hit in found] == [(hit["id"], hit["score"]) for hit in told], name
        if name == "theirs":
            passage = found[0]["passage"]
            assert found[0]["text"][passage["start"]:passage["end"]] == told[0]["passage"], passage
    context.ask("POST", "/v1/collections/foreign/documents", {"documents": [{"id": "new", "text": "tea"}]})
    assert context.ask("GET", "/v1/collections/mine")["model"] == "bundled"


@check
def own_vectors_and_fields(context):
    """Vectors of clients; several fields with weights."""
    context.make("own", [{"id": f"v{i}", "text": "x", "vector": [float(i), 1.0]} for i in range(5)], dimension=2, metric="dot")
    found = context.ask("POST", "/v1/collections/own/search", {"vector": [1, 0], "limit": 2})["hits"]
    assert [(hit["id"], hit["score"]) for hit in found] == [("v4", 4.0), ("v3", 3.0)], found
    context.ask("POST", "/v1/collections/own/search", {"query": "x"}, 422)
    context.ask("POST", "/v1/collections/own/documents", {"documents": [{"id": "a", "text": "x"}]}, 422)
    assert context.ask("GET", "/v1/collections/own")["model"] is None
    documents = [{"id": "a", "text": "about tea", "metadata": {"summary": "birds"}},
                 {"id": "b", "text": "about birds", "metadata": {"summary": "tea"}}]
    context.make("two", documents, fields=["text", "summary"])
    for weights, best, field in [({"text": 1.0}, "b", "text"), ({"text": 0.1, "summary": 0.9}, "a", "summary")]:
        hit = context.ask("POST", "/v1/collections/two/search", {"query": "birds", "fields": weights})["hits"][0]
        assert hit["id"] == best and hit["field"] == field, hit
    hit = context.ask("POST", "/v1/collections/two/search", {"query": "birds", "field": "summary"})["hits"][0]
    assert hit["id"] == "a" and hit["passage"] == {"start": 0, "end": 5}, hit


@check
def reranking(context):
    """A cross-encoder orders the candidates as /rerank does."""
    documents = texts(80)
    context.make("ranked", documents)
    hits = context.ask("POST", "/v1/collections/ranked/search", {"query": "swift owl", "limit": 10, "rerank": "ranker"})["hits"]
    candidates = context.ask("POST", "/v1/collections/ranked/search", {"query": "swift owl", "limit": 50})["hits"]
    ranks = requests.post(context.url + "/rerank", json={
        "model": "ranker", "query": "swift owl", "texts": [hit["text"] for hit in candidates]}).json()
    assert [hit["id"] for hit in hits] == [candidates[rank["index"]]["id"] for rank in ranks[:10]], (hits, ranks[:10])
    assert all(abs(hit["score"] - rank["score"]) < 1e-6 for hit, rank in zip(hits, ranks))
    context.ask("POST", "/v1/collections/ranked/search", {"vector": [0.0] * 248, "rerank": "ranker"}, 422)


@check
def each_model_counts_its_own_work(context):
    """A search that is reranked computes twice."""
    def texts_of():
        lines = requests.get(context.url + "/metrics").text.splitlines()
        name = "needletail_texts_total{model="
        return {line.split('"')[1]: int(line.split()[-1]) for line in lines if line.startswith(name)}

    context.make("counted", texts(60))
    before = texts_of()
    context.ask("POST", "/v1/collections/counted/search", {"query": "swift owl", "limit": 10, "rerank": "ranker"})
    after = texts_of()
    changes = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)}
    assert sorted(changes.values()) == [1, 50] and changes["ranker"] == 50, changes


@check
def maps(context):
    """Places within -1 to 1, the same each time."""
    context.make("mapped", texts(120))
    first = context.ask("GET", "/v1/collections/mapped/map?limit=50")
    assert len(first["points"]) == 50 and first["total"] == 120 and first["method"] == "pca"
    assert all(-1 <= point[axis] <= 1 for point in first["points"] for axis in "xy")
    assert 1 >= first["explained"][0] >= first["explained"][1] > 0
    assert first == context.ask("GET", "/v1/collections/mapped/map?limit=50")
    for query in ("limit=0", "limit=x", "limit=100000"):
        context.ask("GET", "/v1/collections/mapped/map?" + query, status=400)


@check
def the_page(context):
    """Its files with their tags and what browsers must not do."""
    for path, kind in [("/", "text/html"), ("/docs", "text/html"), ("/page/style.css", "text/css"), ("/openapi.json", "application/json")]:
        answer = requests.get(context.url + path)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind), path
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["x-content-type-options"] == "nosniff"
        known = requests.get(context.url + path, headers={"if-none-match": answer.headers["etag"]})
        assert known.status_code == 304 and not known.content, path
        head = requests.head(context.url + path)
        assert head.status_code == 200 and not head.content and int(head.headers["content-length"]) == len(answer.content)
    context.ask("GET", "/page/none.js", status=404)
    context.ask("GET", "/page/..%2fassets.c", status=404)
    answer = requests.put(context.url + "/v1/collections")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert requests.options(context.url + "/v1/collections").status_code == 204


@check
def many_at_once(context):
    """Writers and readers of one collection do not disturb each other, nor does its deletion."""
    context.make("busy", texts(50))
    failures = []
    def work(number):
        for round in range(5):
            body = {"documents": [{"id": f"w{number}-{round}-{i}", "text": " ".join(random.choices(WORDS, k=5))} for i in range(5)]}
            added = requests.post(context.url + "/v1/collections/busy/documents", json=body)
            found = requests.post(context.url + "/v1/collections/busy/search", json={"query": "tea"})
            if added.status_code != 200 or len(found.json().get("hits", [])) != 10:
                failures.append((added.text, found.text))
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:2]
    assert context.ask("GET", "/v1/collections/busy")["documents"] == 50 + 8 * 25
    statuses = []
    def search():
        for _ in range(40):
            statuses.append(requests.post(context.url + "/v1/collections/busy/search", json={"query": "tea"}).status_code)
    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    context.ask("DELETE", "/v1/collections/busy", status=204)
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 404} and 404 in statuses, set(statuses)


@check
def killed_while_adding(context):
    """What was acknowledged is there after kill -9, whole; leftovers of unfinished work go."""
    context.make("killed")
    acknowledged, lock = {}, threading.Lock()
    def work(number):
        round = 0
        while True:
            documents = [{"id": f"{number}-{round}-{i}", "text": f"{number} {round} {i} " + " ".join(random.choices(WORDS, k=20))}
                         for i in range(200)]
            try:
                answer = requests.post(context.url + "/v1/collections/killed/documents", json={"documents": documents}, timeout=30)
            except requests.RequestException:
                return
            if answer.status_code != 200:
                return
            with lock:
                acknowledged.update({one["id"]: one["text"] for one in documents})
            round += 1
    for seed in range(3):
        threads = [threading.Thread(target=work, args=(f"{seed}{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(random.Random(seed).uniform(0.3, 1.5))
        context.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()
        (context.collections / ".needletail-old-1234").mkdir()
        (context.collections / ".needletail-old-1234" / "collection.sqlite").write_text("x")
        verified = context.command("verify", context.path("killed"), "--json")
        assert verified["ok"], verified
        context.start()
        assert not (context.collections / ".needletail-old-1234").exists()
        after, stored = 0, {}
        while after is not None:
            page = context.ask("GET", f"/v1/collections/killed/documents?after={after}&limit=1000")
            stored.update({one["id"]: one["text"] for one in page["data"]})
            after = page["next"]
        missing = [name for name in acknowledged if stored.get(name) != acknowledged[name]]
        assert acknowledged and not missing, (len(acknowledged), missing[:5])
    context.stop()
    assert context.command("verify", context.path("killed"), "--json")["ok"]
    context.start()


@check
def scopes(context):
    """Looking takes a key that reads, changing one that writes."""
    context.stop()
    keys = context.folder / "keys.json"
    made = {}
    for scope in ("read", "write"):
        done = subprocess.run([context.program, "serve", "key", "add", scope, "--file", str(keys), "--scope", scope],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        made[scope] = {"authorization": "Bearer " + done.stdout.split()[-1]}
    context.start("--keys", str(keys))
    try:
        context.ask("GET", "/v1/collections", status=401)
        assert requests.get(context.url + "/").status_code == 200
        context.ask("GET", "/v1/collections", headers=made["read"])
        context.ask("POST", "/v1/collections", {"name": "scoped"}, 403, headers=made["read"])
        context.ask("POST", "/v1/collections", {"name": "scoped"}, 201, headers=made["write"])
        place = "/v1/collections/scoped"
        for method, path, body in [("POST", "/documents", {"documents": []}), ("POST", "/documents/delete", {"ids": []}),
                                   ("DELETE", "/documents/a", None), ("POST", "/compact", None), ("DELETE", "", None)]:
            context.ask(method, place + path, body, 403, headers=made["read"])
        context.ask("POST", place + "/search", {"query": "x"}, headers=made["read"])
    finally:
        context.stop()
        context.start()


parser = argparse.ArgumentParser()
parser.add_argument("--program", default=str(HERE.parents[1] / ".build/release/needletail"))
parser.add_argument("--port", type=int, default=9310)
options = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    context = Context(options.program, options.port, folder)
    context.start()
    try:
        passed = run(context)
    finally:
        context.stop()
sys.exit(0 if passed else 1)
