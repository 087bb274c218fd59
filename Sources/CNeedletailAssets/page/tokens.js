// How a text becomes tokens: each with its place in the text, and where the model stops reading.
import { post } from "./api.js";
import { checkbox, debounced, fact, field, h, marked, roving } from "./dom.js";
import { count, noun } from "./format.js";
import { modelChoice } from "./pick.js";
import { address } from "./route.js";
import { empty, latest } from "./states.js";

const EXAMPLE = "The white-throated needletail flies at 170 km/h; unbelievably, swifts even sleep on the wing.";
const MOST = 4000;

export function tokens(panel, { announce }) {
  const input = h("textarea", { rows: "4", spellcheck: "false", placeholder: EXAMPLE });
  const special = checkbox("Special tokens", { checked: true });
  const model = modelChoice(["dense", "sparse", "multi_vector", "cross_encoder", "classifier"], () => changed());
  const results = h("div", { class: "results", role: "region", "aria-label": "Tokens" });
  panel.append(
    h("h2", {}, "Tokens"),
    h("p", { class: "intro" }, "What a model reads instead of letters. Point at a token, or walk through them with the arrow keys."),
    h("div", { class: "form" }, field("Text", input),
      h("div", { class: "row" }, special.field, model.field, h("button", { type: "button", onclick: () => {
        input.value = EXAMPLE;
        changed();
        input.focus();
      } }, "Example"))),
    results);
  const run = latest(results, announce);
  const changed = debounced(250, () => {
    history.replaceState(null, "", address("tokens", { text: input.value.length <= 1500 ? input.value : "", model: model.value, special: special.box.checked ? "" : "0" }));
    load();
  });
  input.addEventListener("input", changed);
  special.box.addEventListener("change", changed);

  function load() {
    const text = input.value;
    if (text === "") {
      run.stop();
      results.replaceChildren(empty("Write or paste a text", h("p", { class: "soft" }, "Its tokens appear as you type.")));
      return;
    }
    run(async (signal) => {
      const { data } = await post("/v1/tokenize", { model: model.value, input: text, add_special_tokens: special.box.checked, truncate: true }, signal);
      return view(text, data.data[0]);
    }, { keep: true, what: "Cutting" });
  }

  function view(text, one) {
    const scalars = Array.from(text);
    const kept = one.kept ?? one.tokens.length;
    const detail = h("p", { class: "detail" }, h("span", { class: "soft" }, "Point at a token to see its id and its place."));
    const source = h("p", { class: "text source", "aria-hidden": "true" }, text);
    const place = (token) => (token.start === null || token.start === undefined ? "no place in the text" : `characters ${token.start} to ${token.end}`);
    const show = (token, at) => {
      const cut = at >= kept;
      detail.replaceChildren(h("strong", { class: "code" }, token.token), h("span", {}, `id ${token.id}`), h("span", {}, place(token)),
        h("span", { class: "soft" }, `position ${at}${token.special ? ", special" : ""}${cut ? ", cut off" : ""}`));
      source.replaceChildren(...marked(scalars, token.start === null ? null : token));
    };
    const drawn = one.tokens.slice(0, MOST);
    const items = drawn.map((token, at) => {
      const item = h("span", {
        role: "option", class: `token ${token.special ? "special" : `t${at % 6}`}${at >= kept ? " cut" : ""}`, tabindex: at === 0 ? "0" : "-1", "aria-selected": "false",
        "aria-label": `${token.token}, id ${token.id}, ${place(token)}${at >= kept ? ", cut off" : ""}`,
      }, token.token);
      const chosen = () => {
        for (const other of items) other.setAttribute("aria-selected", String(other === item));
        show(token, at);
      };
      item.addEventListener("pointerenter", chosen);
      item.addEventListener("focus", chosen);
      return item;
    });
    const list = h("div", { class: "tokens", role: "listbox", "aria-label": "Tokens", "aria-orientation": "horizontal" }, items);
    roving(list, () => items);
    const limit = one.limit ?? null;
    const cut = one.tokens.length - kept;
    const said = limit === null ? `${noun(one.count, "token")}, no limit` : `${count(one.count)} of at most ${noun(limit, "token")}${cut > 0 ? `; ${count(cut)} cut off` : ""}`;
    const table = h("details", { class: "more", ontoggle: () => {
      if (table.open && table.childElementCount === 1) table.append(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of tokens" }, rows(drawn, kept)));
    } }, h("summary", {}, "As a table"));
    return {
      said,
      nodes: [
        h("div", { class: "facts" },
          fact("Tokens", count(one.count)), fact("Limit", limit === null ? "none" : count(limit)), fact("Kept", count(kept)), fact("Cut off", count(Math.max(0, cut)), cut > 0 && "bad"),
          fact("Characters", count(scalars.length)), fact("Characters per token", one.count ? (scalars.length / one.count).toFixed(1) : "–")),
        limit !== null && h("div", { class: `meter${cut > 0 ? " over" : ""}`, "aria-hidden": "true" }, h("span", { vars: { "--part": one.count ? Math.min(one.count / limit, kept / one.count, 1) : 0 } })),
        cut > 0 && h("p", { class: "warning" }, `The model reads the first ${noun(kept, "token")}; the last ${count(cut)} do not change the vector.`),
        list, one.tokens.length > MOST && h("p", { class: "soft" }, `The first ${count(MOST)} are shown.`), detail, source, table].filter(Boolean),
    };
  }

  return {
    show(params) {
      if (params.text !== undefined) input.value = params.text;
      special.box.checked = params.special !== "0";
      model.use(params.model).then(load);
    },
  };
}

function rows(list, kept) {
  const head = ["Position", "Token", "Id", "From", "To"].map((name) => h("th", { scope: "col" }, name));
  const body = list.map((token, at) => h("tr", { class: at >= kept ? "cut" : "" },
    [at, token.token, token.id, token.start ?? "–", token.end ?? "–"].map((cell, column) => h("td", { class: column === 1 ? "code" : "number" }, String(cell)))));
  return h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
}
