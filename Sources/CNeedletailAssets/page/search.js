// Search in a collection: a question, filters, and hits whose passages are marked.
import { collectionPath, get, models, post } from "./api.js";
import { checkbox, field, h, marked, newId, options } from "./dom.js";
import { facets, parsePicked, statement, together, whereField } from "./filters.js";
import { count, milliseconds, noun, score, value } from "./format.js";
import { collectionChoice } from "./pick.js";
import { address, go } from "./route.js";
import { empty, latest, noCollections } from "./states.js";

const LONG = 420;

export function search(panel, { announce }) {
  let params = {};
  const query = h("input", { type: "search", name: "q", autocomplete: "off", enterkeyhint: "search", spellcheck: "true", placeholder: "What are you looking for?" });
  const where = h("input", { type: "text", name: "where", autocomplete: "off", spellcheck: "false", class: "code" });
  const limit = options(h("select", {}), ["5", "10", "25", "50", "100"].map((n) => [n, n]), "10");
  const rerank = h("select", {});
  const rerankField = field("Rerank with", rerank);
  rerankField.hidden = true;
  const within = h("select", {});
  const withinField = field("Search in", within);
  withinField.hidden = true;
  const exact = checkbox("Exact search", {});
  let ids = [];
  const choice = collectionChoice(() => submit({ where: "", pick: "", field: "" }));
  const facet = facets((picked) => submit({ pick: JSON.stringify(picked) }));
  const results = h("div", { class: "results", role: "region", "aria-label": "Results" });
  const sent = h("p", { class: "soft small sent" });
  const filters = h("details", { class: "more", open: matchMedia("(min-width: 60rem)").matches }, h("summary", {}, "Filters and options"),
    whereField(where), sent, facet.place, h("div", { class: "pair" }, field("Hits", limit), rerankField), withinField, exact.field);
  const form = h("form", { role: "search", class: "search", onsubmit: (event) => {
    event.preventDefault();
    submit({});
  } },
    h("div", { class: "ask" }, choice.field, h("div", { class: "grow" }, field("Question", query)), h("button", { type: "submit", class: "main" }, "Search")));
  panel.append(h("h2", { class: "hidden" }, "Search"), form, h("div", { class: "split" }, filters, results));
  const run = latest(results, announce);
  for (const control of [where, limit, rerank, within, exact.box]) control.addEventListener("change", () => query.value.trim() && submit({}));

  function submit(changes) {
    go("search", {
      collection: choice.select.value, q: query.value.trim(), where: where.value.trim(), pick: params.pick,
      limit: limit.value === "10" ? "" : limit.value, rerank: rerank.value, field: within.value, exact: exact.box.checked ? "1" : "", ...changes,
    });
  }

  const offer = () => models().then((list) => {
    const able = list.filter((model) => model.kind === "cross_encoder");
    options(rerank, [["", "Nothing"], ...able.map((model) => [model.id, model.id])], params.rerank);
    rerankField.hidden = able.length === 0;
    ids = list.map((model) => model.id);
  }).catch(() => {});
  offer();
  addEventListener("keychange", offer);

  function hit(one, rank, best, model) {
    const scalars = Array.from(one.text ?? "");
    const range = one.passage && one.passage.end > one.passage.start ? one.passage : null;
    const text = h("p", { class: "text" });
    const all = () => text.replaceChildren(...marked(scalars, range));
    const long = scalars.length > LONG;
    const from = long && range ? Math.max(0, Math.min(range.start - 120, scalars.length - LONG)) : 0;
    const to = long ? Math.max(from + LONG, Math.min((range?.end ?? 0) + 60, from + 3 * LONG)) : scalars.length;
    if (long) text.append(from > 0 ? "… " : "", ...marked(scalars, range, from, to), to < scalars.length ? " …" : "");
    else all();
    const passage = range ? scalars.slice(range.start, range.end).join("") : (one.text ?? "");
    const title = h("h3", { id: newId("hit") }, h("span", { class: "rank" }, `${rank}`), h("span", { class: "id" }, one.id),
      one.field && one.field !== "text" && h("span", { class: "tag" }, one.field));
    const more = long && h("button", { type: "button", class: "link", onclick: () => {
      all();
      more.remove();
    } }, "Whole text");
    return h(
      "li", { class: "hit", "aria-labelledby": title.id },
      h("div", { class: "head" }, title, h("span", { class: "score", title: "Similarity" },
        h("span", { class: "bar", "aria-hidden": "true" }, h("span", { class: "full", vars: { "--part": Math.max(0, Math.min(1, one.score / (best || 1))) } })), h("span", { class: "hidden" }, "score "), score(one.score))),
      text,
      h("div", { class: "chips" },
        Object.entries(one.metadata ?? {}).map(([name, held]) => (["string", "number", "boolean"].includes(typeof held) && String(held).length <= 60
          ? h("button", { type: "button", class: "chip plain", title: `Only ${name} ${value(held)}`, onclick: () => narrow(name, held) }, h("span", { class: "soft" }, `${name} `), value(held))
          : h("span", { class: "tag" }, h("span", { class: "soft" }, `${name} `), value(held).slice(0, 80)))),
        h("span", { class: "grow" }), more,
        h("a", { class: "link", href: address("explain", { query: params.q, text: passage.slice(0, 1500), model: ids.length > 1 && ids.includes(model) ? model : "" }) }, "Explain", h("span", { class: "hidden" }, ` the score of ${one.id}`))));
  }

  /// Only documents with this value; again, and all are back.
  function narrow(name, held) {
    const picked = parsePicked(params.pick);
    const same = Array.isArray(picked[name]) && picked[name].length === 1 && picked[name][0] === held;
    if (same) delete picked[name];
    else picked[name] = [held];
    submit({ pick: JSON.stringify(picked) });
  }

  async function find(name, about, signal) {
    const picked = parsePicked(params.pick);
    const filter = together(params.where, picked);
    const body = { query: params.q, limit: Number(params.limit) || 10 };
    if (filter) body.where = filter;
    if (params.field) body.field = params.field;
    if (params.rerank) body.rerank = params.rerank;
    if (params.exact) body.exact = true;
    const started = performance.now();
    const { data, times } = await post(collectionPath(name, "/search"), body, signal);
    const hits = data?.hits ?? [];
    if (hits.length === 0) {
      return { nodes: empty("Nothing was found", h("p", { class: "soft" }, filter ? "No document passes the filter." : "The collection has no documents yet."),
        filter && h("button", { type: "button", onclick: () => submit({ where: "", pick: "" }) }, "Search without filters")), said: "Nothing was found" };
    }
    const took = [`${milliseconds(times.total ?? performance.now() - started)}`, times.inference !== undefined && `model ${milliseconds(times.inference)}`].filter(Boolean).join(", ");
    const said = `${noun(hits.length, "hit")} in ${took}`;
    const best = Math.max(...hits.map((one) => one.score));
    return { nodes: [h("p", { class: "soft small count" }, said, data.plan && ` · ${data.plan}`), h("ol", { class: "hits" }, hits.map((one, at) => hit(one, at + 1, best, about.model)))], said };
  }

  return {
    show(next) {
      params = next;
      query.value = next.q ?? "";
      where.value = next.where ?? "";
      limit.value = next.limit || "10";
      rerank.value = next.rerank ?? "";
      exact.box.checked = next.exact === "1";
      run(async (signal) => {
        const name = await choice.load(next.collection, signal);
        form.hidden = filters.hidden = !name;
        if (!name) return { nodes: noCollections(), said: "There is no collection yet" };
        const about = await get(collectionPath(name), signal);
        const fields = about.fields ?? [];
        withinField.hidden = fields.length < 2;
        options(within, [["", "All fields"], ...fields.map((one) => [one, one])], next.field);
        const picked = parsePicked(next.pick);
        facet.show(about.attributes, picked);
        const clicked = statement(picked);
        sent.replaceChildren(...(clicked ? ["Sent as ", h("code", {}, together(next.where, picked))] : []));
        if (next.q) return find(name, about, signal);
        return { nodes: empty(`${noun(about.documents, "document")} in ${name}`,
          h("p", { class: "soft" }, [about.model, about.dimension && `${count(about.dimension)} dimensions`, about.metric].filter(Boolean).join(" · ")),
          h("p", { class: "soft" }, "Ask in your own words; it is meaning that is compared, not letters. Press ", h("kbd", {}, "/"), " to get to the question from anywhere.")) };
      }, { what: "Searching", keep: true });
    },
  };
}
