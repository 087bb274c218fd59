// Why a text got its score: every token of the question against every token of the text.
import { post } from "./api.js";
import { field, h } from "./dom.js";
import { milliseconds, score, signed } from "./format.js";
import { grid } from "./grid.js";
import { modelChoice } from "./pick.js";
import { go } from "./route.js";
import { empty, latest } from "./states.js";

const EXAMPLE = ["birds that rest in the air", "Swifts sleep on the wing, gliding for hours without landing."];

/// The tokens in reading order, tinted by their share; `group` names them for who listens.
function tinted(tokens, shares, group, onchoose) {
  const most = Math.max(...shares.map(Math.abs), 1e-9);
  const parts = tokens.map((token, at) => {
    const properties = { class: `tint ${shares[at] < 0 ? "minus" : "plus"}`, vars: { "--heat": (Math.abs(shares[at]) / most).toFixed(3) }, title: signed(shares[at], 3) };
    if (!onchoose) return h("span", properties, token.token);
    const button = h("button", { type: "button", "aria-pressed": "false", ...properties, onclick: () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      for (const other of parts) other.setAttribute("aria-pressed", String(on && other === button));
      onchoose(on ? at : null);
    } }, token.token);
    return button;
  });
  return h("p", { class: "tints", role: "group", "aria-label": group }, parts);
}

function view(data, times) {
  const { query_tokens: asked, text_tokens: found, matrix, kind } = data;
  const adds = kind === "contributions";
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const most = (list) => Math.max(...list);
  const fold = adds ? sum : most;
  const columnOf = (x) => matrix.map((row) => row[x]);
  // Special tokens are alike nearly always; they do not decide the colours.
  const plain = matrix.flatMap((row, y) => row.filter((_, x) => !asked[y].special && !found[x].special));
  const high = Math.max(...(plain.length ? plain : matrix.flat()).map(Math.abs), 1e-9);
  const textShares = (row) => (row === null ? found.map((_, x) => fold(columnOf(x))) : matrix[row]);
  const place = h("div", {}, tinted(found, textShares(null), "Tokens of the text"));
  const choose = (row) => place.replaceChildren(tinted(found, textShares(row), "Tokens of the text"));
  const names = (list) => list.map((token) => ({ label: token.token, title: token.token }));
  const digits = adds ? 3 : 2;
  const said = `Score ${score(data.score)}`;
  return {
    said,
    nodes: [
      h("div", { class: "part" },
        h("p", { class: "big" }, h("span", { class: "soft" }, "Score "), h("strong", {}, score(data.score)), times.total !== undefined && h("span", { class: "soft small" }, ` in ${milliseconds(times.total)}`)),
        h("p", { class: "soft" }, adds
          ? "Each cell is what a pair of tokens adds to the score; all cells together are the score."
          : "Each cell is the cosine of two token states. They do not add up to the score; they show which tokens are alike.")),
      h("div", { class: "part" }, h("h3", {}, "Question"),
        h("p", { class: "soft small" }, adds ? "Tinted by what each token adds. Choose one to see its share of the text." : "Tinted by the best match of each token. Choose one to see what it matches."),
        tinted(asked, matrix.map(fold), "Tokens of the question", choose)),
      h("div", { class: "part" }, h("h3", {}, "Text"), place),
      h("h3", {}, "Every pair"),
      // The text runs down: it is the longer one.
      grid({
        label: "Tokens of the text by tokens of the question", digits, high, low: 0, wide: true,
        rows: names(found), columns: names(asked), matrix: found.map((_, x) => matrix.map((row) => row[x])),
        read: (y, x, value) => [h("strong", {}, signed(value, 4)), h("span", { class: "code" }, asked[x].token), h("span", { class: "soft" }, "and"), h("span", { class: "code" }, found[y].token)],
        extraColumn: { name: adds ? "Sum" : "Best", of: (y) => fold(columnOf(y)) },
        extraRow: { name: adds ? "Sum" : "Best", of: (x) => fold(matrix[x]), total: adds ? sum(matrix.map(sum)) : most(matrix.map(most)) },
      })],
  };
}

export function explain(panel, { announce }) {
  const query = h("input", { type: "text", placeholder: EXAMPLE[0] });
  const text = h("textarea", { rows: "4", placeholder: EXAMPLE[1] });
  const model = modelChoice(["dense", "multi_vector", "sparse"]);
  const results = h("div", { class: "results", role: "region", "aria-label": "Explanation" });
  panel.append(
    h("h2", {}, "Explain"),
    h("p", { class: "intro" }, "Where the score of a question and a text comes from, token by token."),
    h("form", { class: "form", onsubmit: (event) => {
      event.preventDefault();
      go("explain", { query: query.value.trim(), text: text.value.trim(), model: model.value });
    } }, field("Question", query), field("Text", text),
      h("div", { class: "row" }, model.field, h("button", { type: "submit", class: "main" }, "Explain"),
        h("button", { type: "button", onclick: () => {
          [query.value, text.value] = EXAMPLE;
          query.focus();
        } }, "Example"))),
    results);
  const run = latest(results, announce);
  return {
    async show(params) {
      if (params.query !== undefined) query.value = params.query;
      if (params.text !== undefined) text.value = params.text;
      await model.use(params.model);
      if (!params.query || !params.text) {
        results.replaceChildren(empty("A question and a text", h("p", { class: "soft" }, "Each hit of a search leads here, too.")));
        return;
      }
      run(async (signal) => {
        const { data, times } = await post("/v1/explain", { model: params.model || undefined, query: params.query, text: params.text }, signal);
        return view(data, times);
      }, { what: "Explaining", keep: true });
    },
  };
}
