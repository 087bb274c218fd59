// Which models the server has, and how it is set up.
import { get, models, post } from "./api.js";
import { fact, h } from "./dom.js";
import { compact, count, value } from "./format.js";
import { empty, failure, latest } from "./states.js";

const kinds = { dense: "Dense", sparse: "Sparse", multi_vector: "Multi-vector", cross_encoder: "Cross-encoder", classifier: "Classifier" };

export function modelList(panel, { announce }) {
  const results = h("div", { class: "results" });
  const info = h("div", { class: "results" });
  panel.append(h("h2", {}, "Models"), h("p", { class: "intro" }, "What this server computes with."), results, info);
  const run = latest(results, announce);
  const runInfo = latest(info);

  function card(model) {
    const place = h("div", {});
    const load = model.state === "unloaded" && h("button", { type: "button", onclick: async () => {
      load.disabled = true;
      load.textContent = "Loading…";
      try {
        await post(`/v1/models/${encodeURIComponent(model.id)}/load`, {});
        announce(`${model.id} is loaded`);
        show();
      } catch (error) {
        load.disabled = false;
        load.textContent = "Load";
        place.replaceChildren(failure(error));
      }
    } }, "Load", h("span", { class: "hidden" }, ` ${model.id}`));
    const number = (held) => (held === null || held === undefined ? "–" : count(held));
    const prompts = model.prompts ?? [];
    return h(
      "article", { class: "card" },
      h("div", { class: "head" }, h("h3", { class: "id" }, model.id), h("span", { class: `badge ${model.state}` }, model.state), load),
      h("p", { class: "soft" }, [kinds[model.kind] ?? model.kind, model.architecture, model.precision, model.pooling?.length && `${model.pooling.join(", ")} pooling`, model.normalizes && "normalised"].filter(Boolean).join(" · ")),
      model.warning && h("p", { class: "warning" }, model.warning),
      h("div", { class: "facts" },
        fact("Dimensions", number(model.dimension)), fact("Longest text", model.max_length === null ? "no limit" : `${number(model.max_length)} tokens`),
        fact("Parameters", model.parameters ? compact(model.parameters) : "–")),
      model.aliases?.length > 0 && h("p", {}, h("span", { class: "soft" }, "Also called "), model.aliases.join(", ")),
      model.labels?.length > 0 && h("p", {}, h("span", { class: "soft" }, "Labels "), model.labels.slice(0, 40).join(", ")),
      prompts.length > 0 && h("table", { class: "plain" }, h("caption", {}, "Prompts"), h("tbody", {}, prompts.map((prompt) => h("tr", {}, h("th", { scope: "row" }, prompt.name), h("td", { class: "code" }, prompt.text))))),
      place);
  }

  function show() {
    run(async () => {
      const list = await models(true);
      if (list.length === 0) return { nodes: empty("The server has no models") };
      return { nodes: h("div", { class: "cards" }, list.map(card)) };
    }, { what: "Asking", keep: true });
    runInfo(async (signal) => {
      const about = await get("/info", signal);
      const rows = Object.entries(about).filter(([, held]) => held !== null);
      return { nodes: [h("h3", {}, "This server"), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings of this server" }, h("table", { class: "plain" }, h("tbody", {},
        rows.map(([name, held]) => h("tr", {}, h("th", { scope: "row" }, name.replaceAll("_", " ")), h("td", { class: "code" }, typeof held === "number" ? count(held) : value(held)))))))] };
    }, { keep: true });
  }
  return { show };
}
