"""A browser on the page: windows of several kinds, what they said on their consoles, and what they asked for."""

import os
import re

INSPECT = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "inspect.js"), encoding="utf-8").read()
VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));"""
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 360, "height": 740}


class Browser:
    def __init__(self, playwright, url, program):
        self.url = url.rstrip("/")
        self.chromium = playwright.chromium.launch(executable_path=program)
        self.faults = []
        self.foreign = set()
        self.contexts = []

    def window(self, path="/", theme="light", size=DESKTOP, disturbed=False, **more):
        """A page in a context of its own. `disturbed`: answers are forged, so failed requests are no fault."""
        context = self.chromium.new_context(color_scheme=theme, viewport=size, **more)
        context.add_init_script(VIOLATIONS)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)

        def said(message):
            if message.type in ("error", "warning") and not (disturbed and re.search(r"Failed to load resource|net::", message.text)):
                self.faults.append(f"{page.url}: {message.text}")

        page.on("console", said)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", lambda request: request.url.startswith((self.url, "data:", "blob:")) or self.foreign.add(request.url))
        if path is not None:
            self.visit(page, path)
        return page

    def visit(self, page, path):
        """Goes there, and waits until nothing is being computed any more."""
        page.goto(self.url + path)
        settled(page)

    def close(self):
        """Closes the windows of one check."""
        for context in self.contexts:
            context.close()
        self.contexts = []


def settled(page):
    page.wait_for_timeout(150)
    page.wait_for_function("() => !document.querySelector('[aria-busy=true], .loading') || document.querySelector('.failure')")


def inspected(page, *questions):
    """The faults of the page as it is shown; see inspect.js."""
    page.evaluate(INSPECT)
    faults = []
    for question in questions:
        faults += page.evaluate(f"inspection.{question}()")
    return faults


NAMED = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton", "tab", "tabpanel", "option", "listbox", "region", "grid",
         "application", "dialog", "heading", "img", "radio", "navigation"}


def nameless(page):
    """Controls and regions that the browser's own accessibility tree has no name for."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [f"a {node['role']['value']} without a name" for node in nodes
            if not node.get("ignored") and node.get("role", {}).get("value") in NAMED and not node.get("name", {}).get("value", "").strip()]


def picture(page):
    """The map as it is drawn, to compare."""
    page.wait_for_timeout(400)
    return page.evaluate("document.querySelector('canvas').toDataURL()")
