"""The server's API, as the test needs it to set the scene and to compare."""

import json
import urllib.error
import urllib.parse
import urllib.request


class Server:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def ask(self, method, path, body=None):
        """The status, the headers and the answer, as JSON where it is JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, headers, text = answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, error.headers, error.read().decode()
        try:
            return status, headers, json.loads(text)
        except ValueError:
            return status, headers, text

    def good(self, method, path, body=None):
        status, _, answer = self.ask(method, path, body)
        assert 200 <= status < 300, f"{method} {path} was answered {status}: {str(answer)[:300]}"
        return answer

    def make(self, name, documents):
        self.ask("DELETE", f"/v1/collections/{name}")
        self.good("POST", "/v1/collections", {"name": name})
        if documents:
            self.good("POST", f"/v1/collections/{name}/documents", {"documents": documents})

    def remove(self, name):
        self.ask("DELETE", f"/v1/collections/{name}")

    def search(self, name, query, **more):
        return self.good("POST", f"/v1/collections/{name}/search", {"query": query, "limit": 10, **more})["hits"]
