// What stands where a result will be: waiting, nothing there yet, or what went wrong.
import { h } from "./dom.js";

export const loading = (what = "Loading") => h("p", { class: "loading" }, h("span", { class: "spin", "aria-hidden": "true" }), `${what}…`);

export const empty = (title, ...rest) => h("div", { class: "empty" }, h("p", { class: "lead" }, title), ...rest);

export const command = (...lines) => h("pre", { class: "command", tabindex: "0", role: "region", "aria-label": "Commands" }, h("code", {}, lines.join("\n")));

/// No collection yet: how to make one.
export const noCollections = () => empty(
  "There is no collection yet",
  h("p", { class: "soft" }, "A collection keeps documents and finds them by what they mean. Make one and add files or rows:"),
  command(
    `curl ${location.origin}/v1/collections -H 'content-type: application/json' -d '{"name": "notes"}'`,
    `curl ${location.origin}/v1/collections/notes/documents -H 'content-type: application/json' \\`,
    `  -d '{"documents": [{"id": "1", "text": "Swifts sleep on the wing.", "metadata": {"year": 2021}}]}'`),
  h("p", { class: "soft" }, "From the command line, with files and folders:"),
  command("needletail collection create notes", "needletail collection add notes FOLDER"));

const titles = {
  0: "No answer",
  401: "This server asks for a key",
  403: "This key may not do that",
  404: "Not found",
  413: "Too much at once",
  422: "This cannot be computed",
  429: "The server is busy",
  503: "The server is not ready",
  504: "This took too long",
};

/// What went wrong, in the server's words, and what to do about it.
export function failure(error, again) {
  const status = error.status ?? -1;
  const title = titles[status] ?? (status < 0 ? "Something on this page went wrong" : status < 500 ? "The server refused this" : "The server failed");
  const wait = Number(error.retryAfter);
  const details = [status > 0 && `status ${status}`, error.param && `member ${error.param}`, error.code && `code ${error.code}`, error.request && `request ${error.request}`];
  return h(
    "div", { class: "failure", role: "alert" },
    h("p", { class: "lead" }, title),
    h("p", {}, error.message),
    error.retryAfter && h("p", {}, Number.isFinite(wait) ? `Try again in ${wait} ${wait === 1 ? "second" : "seconds"}.` : `Try again after ${error.retryAfter}.`),
    h("p", { class: "soft small" }, details.filter(Boolean).join(" · ")),
    h("div", { class: "row" },
      status === 401 && h("button", { type: "button", class: "main", onclick: () => dispatchEvent(new Event("askkey")) }, "Enter a key"),
      again && h("button", { type: "button", onclick: again }, "Try again")));
}

/// Runs work whose result replaces the content of `place`; a newer run ends an older one.
export function latest(place, announce = () => {}) {
  let current = null;
  const run = async (work, { what, keep = false } = {}) => {
    current?.abort();
    const mine = current = new AbortController();
    place.setAttribute("aria-busy", "true");
    const timer = setTimeout(() => keep && place.childElementCount > 0 || place.replaceChildren(loading(what)), 120);
    try {
      const { nodes, said } = await work(mine.signal);
      if (mine.signal.aborted) return;
      clearTimeout(timer);
      place.replaceChildren(...[nodes].flat());
      if (said) announce(said);
    } catch (error) {
      if (mine.signal.aborted || error.name === "AbortError") return;
      if (error.status === undefined) console.error(error);
      place.replaceChildren(failure(error, () => run(work, { what, keep })));
    } finally {
      clearTimeout(timer);
      if (current === mine) place.removeAttribute("aria-busy");
    }
  };
  run.stop = () => {
    current?.abort();
    place.removeAttribute("aria-busy");
  };
  return run;
}
