// How elements are made. Text from outside becomes text nodes only; nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "vars") for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/// An HTML element: `h("p", {class: "soft", onclick}, "text", child)`.
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);

/// The same for SVG.
export const svg = (tag, properties, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

let ids = 0;
export const newId = (prefix) => `${prefix}-${++ids}`;

/// A labelled control; `note` is read with it.
export function field(label, control, note) {
  control.id ||= newId("field");
  const hint = note && h("span", { class: "hint", id: newId("hint") }, note);
  if (hint) control.setAttribute("aria-describedby", hint.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, hint);
}

export function checkbox(label, properties) {
  const box = h("input", { type: "checkbox", ...properties });
  return { box, field: h("label", { class: "check" }, box, h("span", {}, label)) };
}

/// A name over a number.
export const fact = (name, held, kind) => h("div", { class: `fact ${kind || ""}` }, h("span", { class: "name" }, name), h("span", { class: "held" }, held));

export const options = (select, entries, chosen) => {
  select.replaceChildren(...entries.map(([value, label]) => h("option", { value }, label)));
  if (chosen !== undefined && entries.some(([value]) => value === chosen)) select.value = chosen;
  return select;
};

/// Text with one stretch marked; positions are Unicode scalars.
export function marked(scalars, range, from = 0, to = scalars.length) {
  const part = (a, b) => scalars.slice(Math.max(a, from), Math.min(b, to)).join("");
  if (!range || !(range.end > range.start)) return [part(from, to)];
  return [part(from, range.start), h("mark", {}, part(range.start, range.end)), part(range.end, to)];
}

export const debounced = (milliseconds, action) => {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
};

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/// Arrow keys, Home and End move one tab stop through `items()`; `columns` makes up and down jump a row.
export function roving(container, items, { columns = () => 0, chosen } = {}) {
  const move = (list, item) => {
    for (const other of list) other.tabIndex = other === item ? 0 : -1;
    item.focus();
    chosen?.(item);
  };
  container.addEventListener("keydown", (event) => {
    const list = items();
    const at = list.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns() || 1, ArrowUp: -(columns() || 1) }[event.key];
    let next = step === undefined ? undefined : at + step;
    if (event.key === "Home") next = 0;
    if (event.key === "End") next = list.length - 1;
    if (next === undefined) return;
    event.preventDefault();
    if (list[next]) move(list, list[next]);
  });
  container.addEventListener("focusin", (event) => {
    const list = items();
    if (list.includes(event.target)) for (const other of list) other.tabIndex = other === event.target ? 0 : -1;
  });
}
