// The page's frame: tabs, the address, the key, and whether the server is there.
import { get, key, models, useKey } from "./api.js";
import { h, roving } from "./dom.js";
import { explain } from "./heatmap.js";
import { map } from "./map.js";
import { metrics } from "./metrics.js";
import { modelList } from "./models.js";
import { read } from "./route.js";
import { search } from "./search.js";
import { similarity } from "./similarity.js";
import { tokens } from "./tokens.js";

const views = [
  ["search", "Search", search],
  ["map", "Map", map],
  ["similarity", "Similarity", similarity],
  ["explain", "Explain", explain],
  ["tokens", "Tokens", tokens],
  ["models", "Models", modelList],
  ["metrics", "Metrics", metrics],
].map(([name, label, make]) => ({ name, label, make, last: "" }));

const main = document.getElementById("main");
const live = document.getElementById("live");
const bar = document.getElementById("tabs");
let current = null;

/// Says something to who listens instead of looks.
function announce(text) {
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 60);
}

for (const view of views) {
  view.tab = h("button", {
    type: "button", role: "tab", id: `tab-${view.name}`, "aria-controls": `panel-${view.name}`, tabindex: "-1",
    onclick: () => open(view),
  }, view.label);
  view.panel = h("section", { role: "tabpanel", id: `panel-${view.name}`, "aria-labelledby": `tab-${view.name}`, hidden: true });
  bar.append(view.tab);
  main.append(view.panel);
}
roving(bar, () => views.map((view) => view.tab), { chosen: (tab) => open(views.find((view) => view.tab === tab)) });

/// Back to a view as it was left.
function open(view) {
  location.hash = view.last || `#${view.name}`;
}

function show() {
  const { name, params } = read();
  if (name === "main") return;
  const view = views.find((other) => other.name === name) ?? views[0];
  if (view !== current) {
    current?.shown.hide?.();
    for (const other of views) {
      other.panel.hidden = other !== view;
      other.tab.setAttribute("aria-selected", String(other === view));
      other.tab.tabIndex = other === view ? 0 : -1;
    }
    view.tab.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    document.title = `${view.label} · Needletail`;
    current = view;
  }
  if (view.name === name) view.last = location.hash;
  view.shown ??= view.make(view.panel, { announce });
  view.shown.show?.(params);
}

addEventListener("hashchange", show);

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, dialog, [role=application]")) return;
  const first = current?.panel.querySelector("input[type=search], textarea");
  if (!first) return;
  event.preventDefault();
  first.focus();
});

// The key.
const dialog = document.getElementById("key-dialog");
const input = document.getElementById("key-input");
const button = document.getElementById("key-button");
const close = (value) => {
  dialog.close();
  if (value !== null && value !== key()) useKey(value);
};
const askKey = () => {
  input.value = key();
  document.getElementById("key-forget").hidden = !key();
  if (!dialog.open) dialog.showModal();
  input.focus();
};
button.addEventListener("click", askKey);
addEventListener("askkey", askKey);
document.getElementById("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  close(input.value.trim());
});
document.getElementById("key-cancel").addEventListener("click", () => close(null));
document.getElementById("key-forget").addEventListener("click", () => close(""));
const markKey = () => { button.textContent = key() ? "Key: set" : "Key"; };
addEventListener("keychange", () => {
  markKey();
  announce(key() ? "The key is used from now on" : "The key is forgotten");
  look();
  show();
});

/// The line beside the name: is the server there, and which model answers.
async function look() {
  const state = document.getElementById("state");
  const text = document.getElementById("state-text");
  try {
    const list = await models(true);
    const loaded = list.filter((model) => model.state === "loaded");
    state.dataset.kind = loaded.length ? "good" : "wait";
    text.textContent = loaded.length ? loaded[0].id + (loaded.length > 1 ? ` and ${loaded.length - 1} more` : "") : "No model is loaded";
  } catch (error) {
    state.dataset.kind = error.status === 401 || error.status === 403 ? "wait" : "bad";
    text.textContent = error.status === 401 ? "A key is needed" : error.status ? "The server has a problem" : "No answer";
  }
}

markKey();
look();
show();
