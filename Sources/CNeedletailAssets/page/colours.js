// Which colour a document has on the map, by one of its attributes, and the legend that says so.
import { h } from "./dom.js";
import { compact, count, value as written } from "./format.js";

const KINDS = 8;
const STEPS = 5;

/// The stylesheet's colours as a canvas can use them, in the present theme.
export function palette() {
  const probe = h("span", { hidden: true });
  document.body.append(probe);
  const of = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const list = (prefix, length) => Array.from({ length }, (_, at) => of(`--${prefix}${at}`));
  const all = { kinds: list("kind", KINDS), ramp: list("ramp", STEPS), other: of("--other"), ink: of("--ink"), paper: of("--surface"), accent: of("--accent"), line: of("--line") };
  probe.remove();
  return all;
}

const valueOf = (point, attribute) => {
  const held = point.metadata?.[attribute];
  return held === undefined || held === null ? null : held;
};

/// The attributes that can colour: those with at least two values.
export function colourable(points) {
  const seen = new Map();
  for (const point of points) for (const [name, held] of Object.entries(point.metadata ?? {})) {
    if (held === null || typeof held === "object") continue;
    if (!seen.has(name)) seen.set(name, new Set());
    seen.get(name).add(held);
  }
  return [...seen].filter(([, values]) => values.size > 1).map(([name]) => name).sort();
}

/// How an attribute is shown: `of(point)` is an index of `kinds`, -1 for others, or a share 0...1 of the ramp.
export function scale(points, attribute) {
  if (!attribute) return { type: "none", group: () => 0 };
  const values = points.map((point) => valueOf(point, attribute)).filter((held) => held !== null);
  const numbers = values.every((held) => typeof held === "number") && new Set(values).size > KINDS;
  if (numbers) {
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return { type: "number", attribute, low, high, value: (point) => valueOf(point, attribute), group: (point) => {
      const held = valueOf(point, attribute);
      return held === null ? -1 : Math.min(STEPS - 1, Math.floor(((held - low) / (high - low || 1)) * STEPS));
    } };
  }
  const counts = new Map();
  for (const held of values) counts.set(held, (counts.get(held) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0]))).slice(0, KINDS).map(([held, number]) => ({ held, number }));
  const at = new Map(kinds.map((kind, index) => [kind.held, index]));
  return { type: "kind", attribute, kinds, rest: points.length - kinds.reduce((sum, kind) => sum + kind.number, 0), group: (point) => at.get(valueOf(point, attribute)) ?? -1 };
}

export const colourOf = (colours, shown, group) => (group < 0 ? colours.other : shown.type === "number" ? colours.ramp[group] : shown.type === "kind" ? colours.kinds[group] : colours.accent);

/// The legend. A kind is a button that selects its documents; numbers have a range to select by.
export function legend(shown, { select, emphasise }) {
  if (shown.type === "none") return null;
  if (shown.type === "kind") {
    const entry = (group, label, number) => h("li", {}, h("button", {
      type: "button", class: "entry", title: "Select these documents",
      onclick: () => select((point) => shown.group(point) === group), onpointerenter: () => emphasise(group), onpointerleave: () => emphasise(null), onfocus: () => emphasise(group), onblur: () => emphasise(null),
    }, h("span", { class: `swatch kind${group < 0 ? "other" : group}`, "aria-hidden": "true" }), h("span", { class: "grow" }, label), h("span", { class: "soft" }, count(number))));
    return h("div", { class: "legend" }, h("h3", {}, shown.attribute), h("p", { class: "soft small" }, "Choose one to select its documents."),
      h("ul", {}, shown.kinds.map((kind, at) => entry(at, written(kind.held), kind.number)), shown.rest > 0 && entry(-1, "Others", shown.rest)));
  }
  const from = h("input", { type: "number", step: "any", value: shown.low, "aria-label": `${shown.attribute} from` });
  const to = h("input", { type: "number", step: "any", value: shown.high, "aria-label": `${shown.attribute} to` });
  const within = (event) => {
    event.preventDefault();
    const low = from.value === "" ? -Infinity : Number(from.value);
    const high = to.value === "" ? Infinity : Number(to.value);
    select((point) => shown.value(point) !== null && shown.value(point) >= low && shown.value(point) <= high);
  };
  return h("div", { class: "legend" }, h("h3", {}, shown.attribute),
    h("div", { class: "ramp", "aria-hidden": "true" }, Array.from({ length: STEPS }, (_, at) => h("span", { class: `ramp${at}` }))),
    h("div", { class: "ends small soft" }, h("span", {}, Number.isInteger(shown.low) ? String(shown.low) : compact(shown.low)), h("span", {}, Number.isInteger(shown.high) ? String(shown.high) : compact(shown.high))),
    h("form", { class: "range", onsubmit: within }, from, h("span", { "aria-hidden": "true" }, "to"), to, h("button", { type: "submit" }, "Select")));
}
