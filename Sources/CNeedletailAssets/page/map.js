// The map of a collection: documents that mean alike lie close together.
import { collectionPath, get } from "./api.js";
import { PointCanvas } from "./canvas.js";
import { colourable, legend, scale } from "./colours.js";
import { field, h, options } from "./dom.js";
import { whereField } from "./filters.js";
import { count, noun, value } from "./format.js";
import { connect } from "./gestures.js";
import { collectionChoice } from "./pick.js";
import { address, go } from "./route.js";
import { empty, latest, noCollections } from "./states.js";

const LISTED = 100;

export function map(panel, { announce }) {
  let data = null;
  let loaded = "";
  let tool = "pan";
  const choice = collectionChoice((name) => submit({ collection: name, where: "", colour: "" }));
  const colour = h("select", { onchange: () => submit({}) });
  const limit = options(h("select", { onchange: () => submit({}) }), [["500", "500"], ["2000", "2,000"], ["5000", "5,000"]], "2000");
  const where = h("input", { type: "text", class: "code", autocomplete: "off", spellcheck: "false" });
  const canvas = h("canvas", { tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": "Map of the collection", "aria-describedby": "map-keys" });
  const tip = h("div", { class: "tip", hidden: true });
  const side = h("div", { class: "legends" });
  const chosen = h("div", { class: "chosen", role: "region", "aria-label": "Selected documents" });
  const note = h("p", { class: "soft small" });
  const view = new PointCanvas(canvas);
  const button = (label, name, action) => h("button", { type: "button", class: "icon", "aria-label": name, title: name, onclick: action }, label);
  const tools = [["pan", "Move"], ["lasso", "Lasso"], ["rectangle", "Rectangle"]].map(([name, label]) => h("button", { type: "button", "aria-pressed": String(name === tool), onclick: (event) => {
    tool = name;
    canvas.dataset.tool = name;
    for (const other of tools) other.setAttribute("aria-pressed", String(other === event.currentTarget));
  } }, label));
  const zoomed = (factor) => view.goTo({ ...view.view, zoom: Math.max(0.5, Math.min(60, view.view.zoom * factor)) });
  const stage = h("div", { class: "stage" }, canvas, tip,
    h("div", { class: "float tools", role: "group", "aria-label": "What dragging does" }, tools),
    h("div", { class: "float zooms", role: "group", "aria-label": "Zoom" }, button("+", "Zoom in", () => zoomed(1.6)), button("−", "Zoom out", () => zoomed(1 / 1.6)), button("⌂", "Show all", () => view.goTo(view.home))));
  const work = h("div", { class: "mapwork", hidden: true },
    h("div", {}, stage, note, h("p", { class: "soft small", id: "map-keys" }, "Keys: arrows move, ", h("kbd", {}, "+"), " and ", h("kbd", {}, "−"), " zoom, ", h("kbd", {}, "0"), " shows all, ",
      h("kbd", {}, "R"), " draws a rectangle (arrows move it, Shift and arrows resize it, Enter selects), Escape clears.")),
    h("div", { class: "mapside" }, side, chosen));
  const results = h("div", { class: "results" });
  const more = h("details", { class: "more" }, h("summary", {}, "Filter and number"),
    h("div", { class: "row start" }, field("At most", limit), h("div", { class: "grow wherebox" }, whereField(where)), h("button", { type: "submit", class: "main under" }, "Show")));
  const form = h("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    submit({});
  } }, h("div", { class: "row halves" }, choice.field, field("Colour by", colour)), more);
  panel.append(h("h2", {}, "Map"), h("p", { class: "intro" }, "Documents that mean alike lie close together. Draw around some to see what they have in common."), form, results, work);
  const run = latest(results, announce);

  function submit(changes) {
    go("map", { collection: choice.select.value, colour: colour.value, limit: limit.value === "2000" ? "" : limit.value, where: where.value.trim(), ...changes });
  }

  const hover = (point, place) => {
    if (view.hovered !== point) {
      view.hovered = point;
      view.draw();
    }
    tip.hidden = !point;
    if (!point) return;
    tip.replaceChildren(h("strong", {}, point.id), h("span", {}, point.text));
    const { width, height } = view.size;
    tip.style.setProperty("--x", `${Math.max(8, Math.min(place[0] + 14, width - 268))}px`);
    tip.style.setProperty("--y", `${Math.max(8, Math.min(place[1] + 14, height - 120))}px`);
  };

  function select(points) {
    view.selected = new Set(points);
    view.draw();
    if (points.length === 0) {
      chosen.replaceChildren(h("h3", {}, "Selection"), h("p", { class: "soft" }, "Nothing is selected. Drag with the lasso or the rectangle, click a point, or choose a value of the legend."));
      if (data) announce("Nothing is selected");
      return;
    }
    chosen.replaceChildren(
      h("div", { class: "head" }, h("h3", {}, `${noun(points.length, "document")} selected`), h("button", { type: "button", onclick: () => select([]) }, "Clear")),
      shares(points),
      h("ol", { class: "list", tabindex: "0", "aria-label": "Selected documents" }, points.slice(0, LISTED).map((point) => h("li", {}, h("p", { class: "id" }, point.id), h("p", { class: "text" }, point.text),
        h("div", { class: "chips" }, Object.entries(point.metadata ?? {}).slice(0, 6).map(([name, held]) => h("span", { class: "tag" }, h("span", { class: "soft" }, `${name} `), value(held).slice(0, 60))),
          h("a", { class: "link", href: address("search", { collection: choice.select.value, q: point.text.slice(0, 200) }) }, "Find alike", h("span", { class: "hidden" }, ` to ${point.id}`)))))),
      ...(points.length > LISTED ? [h("p", { class: "soft small" }, `The first ${LISTED} are listed.`)] : []));
    announce(`${noun(points.length, "document")} selected`);
  }

  /// What the selected documents have in common: the commonest values of what the map is coloured by.
  function shares(points) {
    const shown = view.scale;
    if (shown.type !== "kind") return "";
    const counts = shown.kinds.map((kind, at) => [value(kind.held), points.filter((point) => shown.group(point) === at).length]).filter(([, number]) => number > 0).sort((a, b) => b[1] - a[1]).slice(0, 4);
    return h("p", { class: "soft small" }, counts.map(([name, number]) => `${name} ${Math.round((number / points.length) * 100)} %`).join(" · "));
  }

  function draw(wanted) {
    const names = colourable(data.points);
    options(colour, [["", "Nothing"], ...names.map((name) => [name, name])], wanted || "");
    const shown = scale(data.points, colour.value);
    view.show(data.points, shown);
    side.replaceChildren(legend(shown, { select: (test) => select(data.points.filter(test)), emphasise: (group) => {
      view.emphasis = group;
      view.draw();
    } }) ?? "");
  }

  select([]);
  connect(view, { tool: () => tool, select, hover, say: announce, home: () => view.goTo(view.home), clear: () => select([]) });

  return {
    show(params) {
      limit.value = params.limit || "2000";
      where.value = params.where ?? "";
      if (params.where || params.limit) more.open = true;
      run(async (signal) => {
        const name = await choice.load(params.collection, signal);
        form.hidden = !name;
        if (!name) {
          work.hidden = true;
          return { nodes: noCollections(), said: "There is no collection yet" };
        }
        const query = new URLSearchParams({ limit: limit.value, ...(params.where ? { where: params.where } : {}) });
        const path = collectionPath(name, `/map?${query}`);
        if (path === loaded && data) {
          draw(params.colour);
          return { nodes: [] };
        }
        work.hidden = true;
        loaded = "";
        data = await get(path, signal);
        loaded = path;
        if (data.points.length === 0) return { nodes: empty("No document to show", h("p", { class: "soft" }, params.where ? "None passes the filter." : "The collection has no documents yet.")) };
        work.hidden = false;
        canvas.setAttribute("aria-label", `Map of ${noun(data.points.length, "document")} in ${name}`);
        note.textContent = `${count(data.points.length)} of ${noun(data.total, "document")} · ${String(data.method).toUpperCase()}`
          + (data.explained?.length ? `, ${data.explained.map((share) => `${(share * 100).toFixed(0)} %`).join(" and ")} of the variance` : "");
        draw(params.colour ?? colourable(data.points)[0]);
        view.view = view.home;
        select([]);
        return { nodes: [], said: `${noun(data.points.length, "document")} on the map` };
      }, { what: "Drawing" });
    },
    hide() {
      hover(null);
      loaded = "";
    },
  };
}
