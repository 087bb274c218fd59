// Filters by clicking: an attribute's values and ranges become a statement of the filter language.
import { field, h } from "./dom.js";
import { value as written } from "./format.js";

const FIRST = 12;
const words = new Set(["and", "or", "not", "in", "exists", "starts", "with", "true", "false", "null"]);

function name(attribute) {
  const plain = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/.test(attribute);
  return plain && !attribute.split(".").some((part) => words.has(part.toLowerCase())) ? attribute : JSON.stringify(attribute);
}

/// What was clicked, `{topic: ["a", "b"], year: {from: 2020}}`, as a statement; "" where nothing was.
export function statement(picked) {
  const parts = [];
  for (const [attribute, choice] of Object.entries(picked ?? {})) {
    if (Array.isArray(choice)) {
      if (choice.length === 1) parts.push(`${name(attribute)} == ${JSON.stringify(choice[0])}`);
      if (choice.length > 1) parts.push(`${name(attribute)} in [${choice.map((one) => JSON.stringify(one)).join(", ")}]`);
    } else {
      if (Number.isFinite(choice?.from)) parts.push(`${name(attribute)} >= ${choice.from}`);
      if (Number.isFinite(choice?.to)) parts.push(`${name(attribute)} <= ${choice.to}`);
    }
  }
  return parts.join(" and ");
}

/// What was written and what was clicked, together.
export function together(text, picked) {
  const clicked = statement(picked);
  const typed = (text ?? "").trim();
  if (!typed || !clicked) return typed || clicked;
  return `(${typed}) and ${clicked}`;
}

/// The address's form of what was clicked; anything odd in it is ignored.
export function parsePicked(text) {
  try {
    const parsed = JSON.parse(text ?? "{}");
    return parsed && typeof parsed === "object" && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/// Buttons and ranges for each attribute. `onchange` gets all that is picked.
export function facets(onchange) {
  const place = h("div", { class: "facets" });
  let shown = "";
  let picked = {};
  let refreshers = [];

  const change = (attribute, choice) => {
    picked = { ...picked };
    const nothing = Array.isArray(choice) ? choice.length === 0 : !Number.isFinite(choice.from) && !Number.isFinite(choice.to);
    if (nothing) delete picked[attribute];
    else picked[attribute] = choice;
    for (const refresh of refreshers) refresh();
    onchange(picked);
  };

  const toggle = (attribute, one) => {
    const list = Array.isArray(picked[attribute]) ? picked[attribute] : [];
    change(attribute, list.includes(one) ? list.filter((other) => other !== one) : [...list, one]);
  };

  function values(attribute) {
    const buttons = attribute.values.map((one) => {
      const button = h("button", { type: "button", class: "chip", onclick: () => toggle(attribute.name, one) }, written(one));
      refreshers.push(() => button.setAttribute("aria-pressed", String(Array.isArray(picked[attribute.name]) && picked[attribute.name].includes(one))));
      return button;
    });
    const more = buttons.length > FIRST && h("button", { type: "button", class: "link", onclick: () => {
      for (const button of buttons) button.hidden = false;
      buttons[FIRST].focus();
      more.remove();
    } }, `${buttons.length - FIRST} more`);
    for (const button of buttons.slice(FIRST)) button.hidden = true;
    return h("div", { class: "chips" }, buttons, more);
  }

  function range(attribute) {
    const known = (attribute.values ?? []).filter(Number.isFinite);
    const input = (side, bound) => {
      const element = h("input", { type: "number", step: "any", placeholder: known.length ? String(bound(...known)) : "any", onchange: () => {
        const present = Array.isArray(picked[attribute.name]) ? {} : picked[attribute.name] ?? {};
        change(attribute.name, { ...present, [side]: element.value === "" ? undefined : Number(element.value) });
      } });
      element.setAttribute("aria-label", `${attribute.name} ${side}`);
      refreshers.push(() => { element.value = picked[attribute.name]?.[side] ?? ""; });
      return element;
    };
    return h("div", { class: "range" }, input("from", Math.min), h("span", { "aria-hidden": "true" }, "to"), input("to", Math.max));
  }

  return {
    place,
    /// Shows a collection's attributes; the same ones again only follow what is picked.
    show(attributes, present) {
      picked = present;
      const usable = (attributes ?? []).filter((one) => one.type === "number" || (one.values?.length ?? 0) > 0);
      const form = JSON.stringify(usable);
      if (form !== shown) {
        shown = form;
        refreshers = [];
        place.replaceChildren(...usable.map((attribute) => h(
          "fieldset", {}, h("legend", {}, attribute.name),
          attribute.type === "number" && (attribute.values?.length ?? 99) > 8 ? range(attribute) : values(attribute))));
      }
      for (const refresh of refreshers) refresh();
    },
    toggle,
  };
}

export const whereField = (input) => field("Filter", input, "Such as: year >= 2020 and topic in [\"birds\", \"ships\"]");
