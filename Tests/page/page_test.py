"""Drives the server's page in a browser, against a running server.

    $(Tools/python-with Tests/page/requirements.txt) Tests/page/page_test.py --url http://127.0.0.1:8080 [--screenshots FOLDER]

Needs Chromium (Debian: apt-get install chromium; `--chromium` names another place). The server must accept requests
without a key that may write. What it needs the test makes over the API, in collections named page-test*, and removes.
"""

import argparse
import os
import sys
import traceback
from urllib.parse import quote_plus

from browser import DESKTOP, PHONE, Browser, inspected, nameless, picture, settled
from documents import documents
from playwright.sync_api import expect, sync_playwright
from server import Server

NAME, ODD = "page-test", "page-test-odd"
QUESTION = "Swifts sleep on the wing in the sky"
FOUND = f"/#search?collection={NAME}&q={quote_plus(QUESTION)}"
TEXTS = "Swifts sleep while they are flying.\nSome birds can rest in the air.\nThe train to Lisbon is late again.\nRailway delays annoy commuters."
VIEWS = {
    "search": FOUND,
    "search, before a question": f"/#search?collection={NAME}",
    "map": f"/#map?collection={NAME}&colour=topic",
    "map by year": f"/#map?collection={NAME}&colour=year",
    "similarity": f"/#similarity?text={quote_plus(TEXTS)}",
    "explain": f"/#explain?query={quote_plus('birds that rest in the air')}&text={quote_plus('Swifts sleep on the wing, gliding for hours without landing.')}",
    "tokens": f"/#tokens?text={quote_plus('The white-throated needletail flies at 170 km/h; unbelievably, swifts even sleep on the wing.')}",
    "models": "/#models",
    "metrics": "/#metrics",
    "API": "/docs",
}
ODD_DOCUMENTS = [
    {"id": "<b>bold</b>", "text": "<img src=x onerror=alert(1)> Nothing of this is markup.", "metadata": {"<i>key</i>": "<script>alert(2)</script>"}},
    {"id": "emoji", "text": "🐦🐦🐦 Before the birds. The 𝒔wift 🐦 sleeps on the wing above the clouds. After the birds 🐦.", "metadata": {"first name": "Ada", "in": 3}},
]
checks = []


def check(sentence):
    def keep(function):
        checks.append((sentence, function))
        return function
    return keep


def none(faults, where=""):
    faults = list(faults)
    assert not faults, f"{where}{': ' if where else ''}" + "; ".join(dict.fromkeys(faults))


def forged(page, pattern, status, body, headers=None):
    page.route(pattern, lambda route: route.fulfill(status=status, json=body, headers=headers or {}))


# Search

@check("the page is served whole, has a language, a title and a strict policy, and asks nobody else")
def frame(b, server):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/CNeedletailAssets/page")
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for name in sorted(os.listdir(folder)):
        status, headers, text = server.ask("GET", f"/page/{name}")
        assert status == 200, f"/page/{name} is answered {status}; is it named in page.c?"
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            assert text == file.read(), f"/page/{name} is not the file of the repository"
        assert headers.get_content_type() == types[os.path.splitext(name)[1]], (name, headers.get_content_type())
    _, headers, text = server.ask("GET", "/")
    policy = headers.get("content-security-policy") or ""
    assert "default-src 'self'" in policy, f"the policy is: {policy or 'none'}"
    assert "unsafe" not in policy, f"the policy is: {policy}"
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text, "the page names another place"
    page = b.window()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Search · Needletail", page.title()
    b.visit(page, "/#metrics")
    assert page.title() == "Metrics · Needletail", page.title()


@check("a search lists hits as the server gives them, passages marked by Unicode scalars")
def search(b, server):
    for name, question in ((NAME, QUESTION), (ODD, "the swift sleeps on the wing above the clouds")):
        page = b.window(f"/#search?collection={name}&q={quote_plus(question)}")
        hits = server.search(name, question)
        shown = page.locator(".hit")
        expect(shown).to_have_count(len(hits))
        for at, hit in enumerate(hits):
            one = shown.nth(at)
            assert one.locator(".id").inner_text() == hit["id"]
            assert one.locator(".text").inner_text() == hit["text"], one.locator(".text").inner_text()
            passage = hit.get("passage") or {"start": 0, "end": 0}
            marked = "".join(one.locator("mark").all_inner_texts())
            assert marked == hit["text"][passage["start"]:passage["end"]], f"marked: {marked!r}"
    first = server.search(NAME, QUESTION)[0]
    assert first["id"].startswith("birds") and first.get("passage"), first


@check("typing and the button search, and the address follows")
def typing(b, server):
    page = b.window(f"/#search?collection={NAME}")
    page.get_by_label("Question").fill(QUESTION)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".hit")).to_have_count(10)
    assert "q=Swifts" in page.url and f"collection={NAME}" in page.url, page.url
    page.locator("details.more summary").first.wait_for()
    page.get_by_label("Hits").select_option("5")
    expect(page.locator(".hit")).to_have_count(5)
    page.go_back()
    expect(page.locator(".hit")).to_have_count(10)
    page.reload()
    expect(page.locator(".hit")).to_have_count(10)


@check("values, ranges and written filters restrict the hits")
def filters(b, server):
    page = b.window(FOUND)
    topics = lambda: {text.split()[0] for text in page.locator(".hit .id").all_inner_texts()}
    page.locator(".facets").get_by_role("button", name="ships", exact=True).click()
    expect(page.locator(".hit .id").first).to_contain_text("ships")
    settled(page)
    assert all(one.startswith("ships") for one in topics()), topics()
    page.locator(".facets").get_by_role("button", name="trains", exact=True).click()
    expect(page.locator(".sent")).to_contain_text('topic in ["ships", "trains"]')
    page.get_by_label("year from").fill("2015")
    page.get_by_label("year from").press("Tab")
    expect(page.locator(".sent")).to_contain_text("year >= 2015")
    settled(page)
    years = page.locator(".hit .chip", has_text="year").all_inner_texts()
    assert years and all(int(year.split()[-1]) >= 2015 for year in years), years
    page.get_by_label("Filter", exact=True).fill("draft == true")
    page.get_by_label("Filter", exact=True).press("Enter")
    expect(page.locator(".sent")).to_contain_text("(draft == true) and ")
    settled(page)
    expected = server.search(NAME, QUESTION, where='(draft == true) and topic in ["ships", "trains"] and year >= 2015')
    assert page.locator(".hit .id").all_inner_texts() == [hit["id"] for hit in expected]
    page.get_by_label("Filter", exact=True).fill("year == 1066")
    page.get_by_label("Filter", exact=True).press("Enter")
    page.get_by_role("button", name="Search without filters").click()
    expect(page.locator(".hit")).to_have_count(10)
    page.locator(".hit .chip", has_text="topic").first.click()
    expect(page.locator(".sent")).to_contain_text('topic == "birds"')


@check("markup in documents stays text, and odd names of attributes are quoted")
def markup(b, server):
    page = b.window(f"/#search?collection={ODD}&q=markup")
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_have_count(1)
    expect(page.get_by_text("<b>bold</b>").first).to_be_visible()
    assert page.locator("main img, main b, main i, main script").count() == 0
    page.locator(".hit .chip", has_text="first name").click()
    expect(page.locator(".sent")).to_contain_text('"first name" == "Ada"')
    expect(page.locator(".hit")).to_have_count(1)
    b.visit(page, f"/#search?collection={ODD}&q=markup&pick=" + quote_plus('{"in": [3]}'))
    expect(page.locator(".sent")).to_contain_text('"in" == 3')
    expect(page.locator(".hit")).to_have_count(1)


@check("a hit leads to its explanation")
def explained(b, server):
    page = b.window(FOUND)
    page.get_by_role("link", name="Explain").first.click()
    expect(page.get_by_role("tab", name="Explain")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#panel-explain .big")).to_contain_text("Score")


# Looking inside

@check("tokens show ids and places on hover and by arrow keys")
def tokens(b, server):
    text = "Swifts 🐦 unbelievably sleep"
    answer = server.good("POST", "/v1/tokenize", {"input": text})["data"][0]
    page = b.window("/#tokens")
    page.get_by_label("Text", exact=True).fill(text)
    items = page.locator(".token")
    expect(items).to_have_count(len(answer["tokens"]))
    for at, token in enumerate(answer["tokens"]):
        items.nth(at).hover()
        detail = page.locator("#panel-tokens .detail").inner_text()
        assert f"id {token['id']}" in detail, detail
        if token["start"] is not None:
            assert f"characters {token['start']} to {token['end']}" in detail, detail
            assert "".join(page.locator(".source mark").all_inner_texts()) == text[token["start"]:token["end"]].strip("\n"), token
    items.first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == answer["tokens"][1]["token"]
    page.keyboard.press("End")
    assert f"id {answer['tokens'][-1]['id']}" in page.locator("#panel-tokens .detail").inner_text()
    page.get_by_text("As a table").click()
    expect(page.locator("#panel-tokens tbody tr")).to_have_count(len(answer["tokens"]))


@check("cut-off tokens are struck, counted and said")
def truncation(b, server):
    page = b.window("/#tokens", disturbed=True)
    words = [{"id": 100 + at, "token": f"w{at}", "start": 3 * at, "end": 3 * at + 2, "special": False} for at in range(10)]
    forged(page, "**/v1/tokenize", 200, {"model": "m", "data": [{"index": 0, "text": "", "tokens": words, "count": 10, "limit": 7, "truncated": True, "kept": 7}]})
    page.get_by_label("Text", exact=True).fill("w0 w1 w2 w3 w4 w5 w6 w7 w8 w9")
    expect(page.locator(".token.cut")).to_have_count(3)
    assert "line-through" in page.evaluate("getComputedStyle(document.querySelector('.token.cut')).textDecoration")
    expect(page.locator("#panel-tokens .warning")).to_contain_text("first 7 tokens; the last 3")
    expect(page.locator("#live")).to_contain_text("10 of at most 7 tokens; 3 cut off")
    none(inspected(page, "contrast", "targets"))


@check("the similarity matrix has the server's numbers and the nearest pair")
def similarity(b, server):
    page = b.window("/#similarity")
    page.get_by_label("Texts").fill(TEXTS)
    page.get_by_role("button", name="Compare").click()
    matrix = server.good("POST", "/v1/similarity", {"input": TEXTS.split("\n")})["matrix"]
    expect(page.locator(".grid tbody tr")).to_have_count(4)
    for y, row in enumerate(page.locator(".grid tbody tr").all()):
        for x, cell in enumerate(row.locator("td").all_inner_texts()):
            assert abs(float(cell.replace("−", "-")) - matrix[y][x]) < 0.006, (y, x, cell, matrix[y][x])
    _, a, c = max((matrix[i][j], i, j) for i in range(4) for j in range(i))
    first = page.locator(".pairs li").first.inner_text()
    assert TEXTS.split("\n")[a] in first and TEXTS.split("\n")[c] in first, first
    page.locator(".grid td").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-similarity .detail")).to_contain_text("Some birds can rest in the air. and itself", use_inner_text=True)


@check("the heatmap's cells are the server's, and contributions add up to the score")
def heatmap(b, server):
    asked, text = "birds that rest in the air", "Swifts sleep on the wing."
    answer = server.good("POST", "/v1/explain", {"query": asked, "text": text})
    page = b.window(f"/#explain?query={quote_plus(asked)}&text={quote_plus(text)}")
    rows = page.locator("#panel-explain .grid tbody tr")
    expect(rows).to_have_count(len(answer["text_tokens"]))
    number = lambda shown: float(shown.replace("−", "-"))
    for y, row in enumerate(rows.all()):
        cells = row.locator("td").all_inner_texts()
        column = [line[y] for line in answer["matrix"]]
        assert all(abs(number(cell) - value) < 0.006 for cell, value in zip(cells, column)), (y, cells)
        last = sum(column) if answer["kind"] == "contributions" else max(column)
        assert abs(number(cells[-1]) - last) < 0.006, (y, cells, last)
    if answer["kind"] == "contributions":
        assert abs(number(page.locator(".grid .total").inner_text()) - answer["score"]) < 0.006
    tints = page.locator("#panel-explain .tints").nth(1)
    before = tints.inner_html()
    page.locator("#panel-explain button.tint").nth(1).click()
    assert tints.inner_html() != before, "choosing a token of the question changes nothing"


# The map

@check("the map zooms by wheel, buttons and keys, and shows all again")
def zoom(b, server):
    page = b.window(VIEWS["map"])
    canvas = page.locator("canvas")
    whole = picture(page)
    canvas.hover()
    page.mouse.wheel(0, -400)
    page.mouse.move(5, 5)
    near = picture(page)
    assert near != whole, "the wheel changes nothing"
    page.get_by_role("button", name="Show all").click()
    assert picture(page) == whole, "not all is shown again"
    canvas.focus()
    for keys in (["+"], ["+", "ArrowLeft"], ["-", "-"]):
        for key in keys:
            page.keyboard.press(key)
        assert picture(page) != whole, f"{keys} change nothing"
        page.keyboard.press("0")
        assert picture(page) == whole, f"0 does not show all after {keys}"
    frame = canvas.bounding_box()
    page.mouse.move(frame["x"] + 300, frame["y"] + 200)
    page.mouse.down()
    page.mouse.move(frame["x"] + 360, frame["y"] + 240, steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)
    assert picture(page) != whole, "dragging moves nothing"


@check("two fingers zoom the map")
def pinch(b, server):
    page = b.window(VIEWS["map"], size=PHONE, has_touch=True, is_mobile=True)
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    before = picture(page)
    frame = canvas.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, gap in (("touchStart", 20), ("touchMove", 40), ("touchMove", 80), ("touchEnd", None)):
        points = [] if gap is None else [{"x": x - gap, "y": y, "id": 1}, {"x": x + gap, "y": y, "id": 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert picture(page) != before, "pinching changes nothing"


@check("the map is coloured by kinds and by numbers, with a legend")
def colours(b, server):
    page = b.window(VIEWS["map"])
    expect(page.locator(".legend .entry")).to_have_count(6)
    by_topic = picture(page)
    page.get_by_label("Colour by").select_option("year")
    expect(page.locator(".legend .ends")).to_contain_text("2001")
    settled(page)
    assert picture(page) != by_topic, "the colours are the same"
    page.get_by_label("year from").fill("2020")
    page.locator(".legend").get_by_role("button", name="Select").click()
    expected = sum(row["metadata"]["year"] >= 2020 for row in documents())
    expect(page.locator(".chosen h3")).to_have_text(f"{expected} documents selected")


@check("the lasso, the rectangle, a click and the legend select documents")
def lasso(b, server):
    page = b.window(VIEWS["map"])
    canvas = page.locator("canvas")
    title = page.locator(".chosen h3")
    frame = canvas.bounding_box()
    at = lambda x, y: (frame["x"] + frame["width"] * x, frame["y"] + frame["height"] * y)

    def drag(*places):
        page.mouse.move(*at(*places[0]))
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*at(*place), steps=4)
        page.mouse.up()

    page.get_by_role("button", name="Lasso").click()
    drag((0.01, 0.12), (0.99, 0.01), (0.99, 0.9), (0.9, 0.99), (0.01, 0.99), (0.01, 0.13))
    count = int(title.inner_text().split()[0])
    assert count > 190, title.inner_text()
    drag((0.01, 0.2), (0.5, 0.2), (0.5, 0.99), (0.01, 0.99))
    part = int(title.inner_text().split()[0])
    assert 0 < part < count, (part, count)
    page.get_by_role("button", name="Rectangle").click()
    drag((0.5, 0.2), (0.99, 0.8))
    assert 0 < int(title.inner_text().split()[0]) < count, title.inner_text()
    page.locator(".legend .entry", has_text="stars").click()
    expect(title).to_have_text("36 documents selected")
    expect(page.locator(".chosen .list li")).to_have_count(36)
    ids = page.locator(".chosen .list .id").all_inner_texts()
    assert all(one.startswith("stars") for one in ids), ids
    page.get_by_role("link", name="Find alike").first.click()
    expect(page.locator(".hit .id").first).to_contain_text("stars")


@check("keys draw a rectangle on the map and select")
def keys_on_map(b, server):
    page = b.window(VIEWS["map"])
    page.locator("canvas").focus()
    page.keyboard.press("r")
    expect(page.locator("#live")).to_contain_text("inside")
    for key, times in (("ArrowLeft", 20), ("ArrowUp", 10), ("Shift+ArrowRight", 40), ("Shift+ArrowDown", 30)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator("#live")).to_have_text("216 inside")
    page.keyboard.press("Enter")
    expect(page.locator(".chosen h3")).to_have_text("216 documents selected")
    page.keyboard.press("Escape")
    expect(page.locator(".chosen h3")).to_have_text("Selection")


# The server itself

@check("models are listed with what they are")
def models(b, server):
    page = b.window("/#models")
    expect(page.locator(".card")).to_have_count(len(server.good("GET", "/v1/models")["data"]))
    expect(page.locator("#panel-models")).to_contain_text("This server")


@check("metrics are measured while they are seen, and only then")
def metrics(b, server):
    page = b.window(None)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/metrics") else None)
    b.visit(page, "/#metrics")
    for _ in range(3):
        server.search(NAME, QUESTION)
        page.wait_for_timeout(1500)
    held = {tile.locator(".name").inner_text(): tile.locator(".held").inner_text() for tile in page.locator(".tile").all()}
    assert held["Requests"] != "–" and held["Latency, median"] != "–" and held["Memory"].endswith(("MB", "GB")), held
    assert len(page.locator(".spark .line").first.get_attribute("d")) > 8
    expect(page.locator("#panel-metrics tbody tr").first).to_be_visible()
    page.get_by_role("tab", name="Models").click()
    settled(page)
    page.wait_for_timeout(300)
    number = len(asked)
    page.wait_for_timeout(3000)
    assert len(asked) == number, "metrics are asked for though nobody looks"


@check("the API reference draws every path of openapi.json, and finds them")
def reference(b, server):
    paths = server.good("GET", "/openapi.json")["paths"]
    number = sum(method in ("get", "post", "put", "patch", "delete") for entry in paths.values() for method in entry)
    page = b.window("/docs")
    expect(page.locator(".operation")).to_have_count(number)
    page.get_by_label("Find").fill("collections search")
    page.wait_for_timeout(400)
    assert 0 < page.locator(".operation:visible").count() < number
    page.locator(".operation:visible summary").first.click()
    expect(page.locator(".operation[open] .inside").first).to_contain_text("Answers")
    none(inspected(page, "contrast", "targets", "headings", "identifiers", "width"))


# When something is wrong

@check("the server's own message is shown")
def message(b, server):
    status, _, answer = server.ask("POST", f"/v1/collections/{NAME}/search", {"query": QUESTION, "where": "year >="})
    assert status in (400, 422), status
    page = b.window(FOUND + "&where=year+%3E%3D", disturbed=True)
    expect(page.get_by_role("alert")).to_contain_text(answer["error"]["message"].split("\n")[0])
    b.visit(page, "/#search?collection=page-test-nowhere&q=x")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("page-test-nowhere")


@check("without a key the page asks for one, keeps it in the tab, and goes on")
def key(b, server):
    page = b.window(None, disturbed=True)

    def guard(route):
        if route.request.headers.get("authorization") == "Bearer secret-key":
            route.continue_(headers={name: value for name, value in route.request.headers.items() if name != "authorization"})
        else:
            route.fulfill(status=401, json={"error": {"message": "Say the key.", "type": "invalid_request_error", "param": None, "code": None}})

    page.route("**/v1/**", guard)
    b.visit(page, FOUND)
    expect(page.get_by_role("alert")).to_contain_text("Say the key.")
    page.get_by_role("button", name="Enter a key").click()
    expect(page.get_by_role("dialog", name="API key")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "key-input"
    none(inspected(page, "contrast", "targets"))
    page.keyboard.type("secret-key")
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).to_have_count(10)
    assert page.evaluate("sessionStorage.getItem('needletail-key')") == "secret-key"
    assert "secret-key" not in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="Key: set").click()
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_role("alert")).to_contain_text("Say the key.")


@check("a busy server's wait, a server that is gone, and one that comes back")
def trouble(b, server):
    page = b.window(None, disturbed=True)
    forged(page, "**/search", 429, {"error": {"message": "512 texts are waiting", "type": "rate_limit", "param": None, "code": None}}, {"retry-after": "7"})
    b.visit(page, FOUND)
    expect(page.get_by_role("alert")).to_contain_text("512 texts are waiting")
    expect(page.get_by_role("alert")).to_contain_text("Try again in 7 seconds")
    page.unroute("**/search")
    page.route("**/search", lambda route: route.abort())
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_contain_text("No answer")
    none(inspected(page, "contrast", "targets"))
    page.unroute("**/search")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".hit")).to_have_count(10)


@check("nothing there yet, and waiting, are said")
def quiet(b, server):
    page = b.window(None, disturbed=True)
    forged(page, "**/v1/collections", 200, {"data": []})
    b.visit(page, "/")
    expect(page.locator("#panel-search")).to_contain_text("needletail collection create")
    expect(page.get_by_label("Question")).to_be_hidden()
    none(inspected(page, "contrast", "targets", "headings", "width"))
    b.visit(page, "/#map")
    expect(page.locator("#panel-map")).to_contain_text("needletail collection create")
    slow = b.window(None, disturbed=True)
    held = []
    slow.route("**/search", lambda route: held.append(route))
    slow.goto(b.url + FOUND)
    expect(slow.locator(".loading")).to_contain_text("Searching")
    expect(slow.locator(".results").first).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(slow.locator(".hit")).to_have_count(10)
    expect(slow.locator("#live")).to_contain_text("10 hits")


# Everybody

@check("without a mouse: tabs, collection, question, hit, filter and explanation")
def keyboard(b, server):
    page = b.window("/")
    active = lambda: page.evaluate("(document.activeElement.textContent || document.activeElement.id).trim()")

    def tab_to(test, most=40):
        for _ in range(most):
            if page.evaluate(test):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {test}")

    page.keyboard.press("Tab")
    assert active() == "Skip to the content", active()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.reload()
    settled(page)
    tab_to("document.activeElement.id === 'tab-search'")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Map")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Metrics")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="Search")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SELECT", active()
    page.keyboard.type(f"{NAME} (")
    settled(page)
    assert page.evaluate("document.activeElement.value") == NAME
    page.keyboard.press("Tab")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).to_have_count(10)
    expect(page.locator("#live")).to_contain_text("10 hits")
    tab_to("document.activeElement.matches('.facets button') && document.activeElement.textContent === 'stars'")
    page.keyboard.press("Enter")
    expect(page.locator(".hit .id").first).to_contain_text("stars")
    assert page.evaluate("document.activeElement.textContent") == "stars", "the focus was lost"
    tab_to("document.activeElement.matches('.hit a')", 60)
    page.keyboard.press("Enter")
    expect(page.locator("#panel-explain .big")).to_contain_text("Score")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"


@check("the focus is always seen")
def focus(b, server):
    for theme in ("light", "dark"):
        for name, path in VIEWS.items():
            page = b.window(path, theme=theme)
            inspected(page)
            seen = set()
            for _ in range(45):
                page.keyboard.press("Tab")
                found = page.evaluate("inspection.focus()")
                if found is None:
                    break
                assert found["shown"] and found["strong"], f"{theme}, {name}: {found['name']} shows no focus"
                assert found["seen"], f"{theme}, {name}: {found['name']} is focused out of sight"
                seen.add(found["name"])
            assert len(seen) > 5, (name, seen)
            page.context.close()


@check("text has enough contrast, targets are large enough, headings in order: light and dark, desktop and phone")
def legible(b, server):
    faults = []
    for theme in ("light", "dark"):
        for size in (DESKTOP, PHONE):
            page = b.window(None, theme=theme, size=size)
            for name, path in VIEWS.items():
                b.visit(page, path)
                if name == "metrics":
                    expect(page.locator(".tiles")).to_be_visible()
                if name == "tokens":
                    expect(page.locator(".token").first).to_be_visible()
                if size is PHONE and name == "search":
                    page.locator("summary:visible").first.click()
                if name == "map":
                    page.locator(".legend .entry").first.click()
                where = f"{theme}, {size['width']}, {name}: "
                faults += [where + fault for fault in inspected(page, "contrast", "targets", "headings", "identifiers", "width")]
    none(faults)


@check("every control and region has a name")
def names(b, server):
    page = b.window(None)
    faults = []
    for name, path in VIEWS.items():
        b.visit(page, path)
        faults += [f"{name}: {fault}" for fault in nameless(page)]
    none(faults)


@check("the theme is chosen, remembered and used at once")
def theme(b, server):
    page = b.window(FOUND)
    ground = lambda: page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    light = ground()
    button = page.locator("#theme-button")
    button.click()
    assert ground() == light
    button.click()
    dark = ground()
    assert dark != light
    page.reload()
    settled(page)
    assert ground() == dark, "the theme is forgotten"
    b.visit(page, "/docs")
    assert ground() == dark, "the API reference has another theme"
    other = b.window(FOUND, theme="dark")
    assert other.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark, "the system's theme is not followed"
    other = b.window(VIEWS["map"])
    before = picture(other)
    other.emulate_media(color_scheme="dark")
    assert picture(other) != before, "the map keeps its colours"


@check("who wants no motion gets none")
def motion(b, server):
    page = b.window(VIEWS["map"], reduced_motion="reduce")
    page.evaluate("""() => {
      window.drawn = new Set();
      const look = () => { window.drawn.add(document.querySelector("canvas").toDataURL()); requestAnimationFrame(look); };
      look();
    }""")
    page.wait_for_timeout(200)
    page.evaluate("window.drawn.clear()")
    page.get_by_role("button", name="Zoom in").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    number = page.evaluate("window.drawn.size")
    assert number <= 2, f"the map was drawn in {number} steps"


SHOTS = [
    ("search-light", "search", "light", DESKTOP), ("search-dark", "search", "dark", DESKTOP), ("search-phone-light", "search", "light", PHONE), ("search-phone-dark", "search", "dark", PHONE),
    ("map-light", "map", "light", DESKTOP), ("map-dark", "map", "dark", DESKTOP), ("map-phone-dark", "map", "dark", PHONE),
    ("similarity-light", "similarity", "light", DESKTOP), ("explain-light", "explain", "light", DESKTOP), ("explain-dark", "explain", "dark", DESKTOP), ("tokens-light", "tokens", "light", DESKTOP),
    ("models-light", "models", "light", DESKTOP), ("metrics-dark", "metrics", "dark", DESKTOP), ("api-light", "API", "light", DESKTOP),
]


def screenshots(b, server, folder):
    os.makedirs(folder, exist_ok=True)
    for name, view, theme, size in SHOTS:
        page = b.window(None, theme=theme, size=size)
        b.visit(page, VIEWS[view])
        if view == "map":
            page.locator(".legend .entry", has_text="birds").click()
            page.mouse.move(1, 1)
            page.evaluate("document.activeElement.blur()")
        if view == "metrics":
            for turn in range(24):
                for _ in range(turn % 5 + 1):
                    server.search(NAME, QUESTION)
                page.wait_for_timeout(500)
        if view == "API":
            page.locator(".operation", has_text="/search").first.locator("summary").click()
            page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        if size is PHONE and view == "map":
            page.locator(".stage").scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        path = os.path.join(folder, f"page-{name}.png")
        page.screenshot(path=path)
        assert os.path.getsize(path) < 300_000, f"{path} has {os.path.getsize(path)} bytes"
        b.close()


def main():
    options = argparse.ArgumentParser(description="Tests the server's page in a browser.")
    options.add_argument("--url", required=True, help="the running server")
    options.add_argument("--screenshots", metavar="FOLDER", help="where pictures of the page are written")
    options.add_argument("--chromium", default="/usr/bin/chromium", help="the browser (default: %(default)s)")
    options.add_argument("--only", default="", help="only checks whose function's name has this in it")
    arguments = options.parse_args()
    server = Server(arguments.url)
    passed = failed = 0
    server.make(NAME, documents())
    server.make(ODD, ODD_DOCUMENTS)
    try:
        with sync_playwright() as playwright:
            b = Browser(playwright, arguments.url, arguments.chromium)
            for sentence, function in checks:
                if arguments.only not in function.__name__:
                    continue
                b.faults, b.foreign = [], set()
                try:
                    function(b, server)
                    none(b.faults, "the console says")
                    none(b.foreign, "asked for from elsewhere")
                    passed += 1
                    print(f"ok      {sentence}", flush=True)
                except Exception as error:  # noqa: BLE001 - one failed check must not hide the others
                    failed += 1
                    where = traceback.extract_tb(error.__traceback__)
                    line = next((frame.lineno for frame in reversed(where) if frame.filename == __file__), 0)
                    print(f"FAILED  {sentence}\n        line {line}: {type(error).__name__}: {str(error).strip()[:2000]}", flush=True)
                b.close()
            if arguments.screenshots:
                screenshots(b, server, arguments.screenshots)
            b.chromium.close()
    finally:
        server.remove(NAME)
        server.remove(ODD)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
