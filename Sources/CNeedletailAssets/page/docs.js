// The API reference, drawn from the server's own /openapi.json.
import { get } from "./api.js";
import { debounced, field, h } from "./dom.js";
import { noun } from "./format.js";
import { failure, loading } from "./states.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEP = 5;
const main = document.getElementById("main");
const live = document.getElementById("live");

/// What a `$ref` inside the document points at; others stay unresolved.
function resolved(root, held) {
  for (let step = 0; held?.$ref && step < 8; step++) {
    if (!held.$ref.startsWith("#/")) return held;
    held = held.$ref.slice(2).split("/").reduce((at, part) => at?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root);
  }
  return held ?? {};
}

/// A description: paragraphs, and code between backticks.
const prose = (text) => String(text ?? "").split(/\n\s*\n/).filter(Boolean).map((part) => h("p", { class: "prose" }, part.split("`").map((piece, at) => (at % 2 ? h("code", {}, piece) : piece))));

function typeOf(root, schema) {
  const own = resolved(root, schema);
  if (own.const !== undefined) return JSON.stringify(own.const);
  if (own.enum) return own.enum.map((one) => JSON.stringify(one)).join(" | ");
  const several = own.oneOf ?? own.anyOf;
  if (several) return [...new Set(several.map((one) => typeOf(root, one)))].join(" | ");
  const types = [own.type ?? (own.properties ? "object" : "any")].flat();
  return types.map((type) => (type === "array" ? `${typeOf(root, own.items ?? {})}[]` : type)).join(" | ");
}

function limits(schema) {
  const said = [];
  if (schema.default !== undefined) said.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.minimum !== undefined) said.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) said.push(`to ${schema.maximum}`);
  if (schema.maxItems !== undefined) said.push(`at most ${schema.maxItems}`);
  return said.join(", ");
}

/// The members of an object, those of inner objects indented.
function members(root, schema, depth = 0, seen = []) {
  let own = resolved(root, schema);
  if (own.allOf) own = own.allOf.map((part) => resolved(root, part)).reduce((all, part) => ({ ...all, ...part, properties: { ...all.properties, ...part.properties }, required: [...(all.required ?? []), ...(part.required ?? [])] }), {});
  if (own.type === "array" || own.items) return members(root, own.items ?? {}, depth, seen);
  const several = own.oneOf ?? own.anyOf;
  if (several && !own.properties) return several.map((one) => members(root, one, depth, seen)).find(Boolean) ?? null;
  if (!own.properties || depth > DEEP || seen.includes(own)) return null;
  return h("dl", { class: "members" }, Object.entries(own.properties).map(([name, held]) => {
    const inner = resolved(root, held);
    return [
      h("dt", {}, h("code", {}, name), " ", h("span", { class: "soft small" }, typeOf(root, held)), own.required?.includes(name) && h("span", { class: "needed small" }, " required"), limits(inner) && h("span", { class: "soft small" }, ` ${limits(inner)}`)),
      h("dd", {}, prose(inner.description), members(root, held, depth + 1, [...seen, own])),
    ];
  }));
}

function parameters(root, list) {
  if (list.length === 0) return null;
  return [h("h3", {}, "Parameters"), h("dl", { class: "members" }, list.map((one) => [
    h("dt", {}, h("code", {}, one.name), " ", h("span", { class: "soft small" }, `${one.in}, ${typeOf(root, one.schema ?? {})}`), one.required && h("span", { class: "needed small" }, " required"), h("span", { class: "soft small" }, ` ${limits(resolved(root, one.schema ?? {}))}`)),
    h("dd", {}, prose(one.description))]))];
}

function content(root, title, held) {
  return Object.entries(held?.content ?? {}).map(([type, { schema, example, examples }]) => {
    const shown = example ?? Object.values(examples ?? {})[0]?.value ?? resolved(root, schema ?? {}).example;
    return [h("p", { class: "soft small" }, title, h("code", {}, type), schema && ` ${typeOf(root, schema)}`), schema && members(root, schema),
      shown !== undefined && h("pre", { class: "command", tabindex: "0", role: "region", "aria-label": "Example" }, h("code", {}, typeof shown === "string" ? shown : JSON.stringify(shown, null, 2)))];
  });
}

function operation(root, path, method, shared, held) {
  const all = [...shared, ...(held.parameters ?? [])].map((one) => resolved(root, one));
  const body = held.requestBody && resolved(root, held.requestBody);
  const inside = () => [
    prose(held.description),
    held.deprecated && h("p", { class: "warning" }, "Deprecated."),
    parameters(root, all),
    body && [h("h3", {}, `Body${body.required ? "" : ", optional"}`), prose(body.description), content(root, "", body)],
    h("h3", {}, "Answers"),
    h("dl", { class: "members" }, Object.entries(held.responses ?? {}).map(([status, answer]) => {
      const own = resolved(root, answer);
      return [h("dt", {}, h("code", {}, status), ` ${own.description ?? ""}`), h("dd", {}, content(root, "", own))];
    })),
  ].flat(Infinity).filter(Boolean);
  // The inside is drawn when it is first opened: long documents stay quick.
  const place = h("div", { class: "inside" });
  const element = h("details", { class: "operation", id: `${method}-${path.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "")}`, ontoggle: () => {
    if (element.open && !place.firstChild) place.append(...inside());
  } }, h("summary", {}, h("span", { class: `method ${method}` }, method.toUpperCase()), h("code", { class: "path" }, path), h("span", { class: "soft" }, held.summary ?? "")), place);
  return { element, words: [method, path, held.summary, held.description, held.operationId].join(" ").toLowerCase() };
}

function draw(root) {
  const groups = new Map((root.tags ?? []).map((tag) => [tag.name, { description: tag.description, list: [] }]));
  for (const [path, entry] of Object.entries(root.paths ?? {})) {
    for (const method of METHODS) {
      if (!entry[method]) continue;
      const tag = entry[method].tags?.[0] ?? "Other";
      if (!groups.has(tag)) groups.set(tag, { list: [] });
      groups.get(tag).list.push(operation(root, path, method, entry.parameters ?? [], entry[method]));
    }
  }
  const used = [...groups].filter(([, group]) => group.list.length > 0);
  const sections = used.map(([name, group], at) => ({ group, element: h("section", { id: `group-${at}` }, h("h2", {}, name), prose(group.description), group.list.map((one) => one.element)) }));
  const find = h("input", { type: "search", autocomplete: "off", placeholder: "Path or word" });
  find.addEventListener("input", debounced(120, () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    for (const { group, element } of sections) {
      let some = false;
      for (const one of group.list) {
        one.element.hidden = !words.every((word) => one.words.includes(word));
        if (!one.element.hidden) {
          some = true;
          number += 1;
        }
      }
      element.hidden = !some;
    }
    live.textContent = noun(number, "route");
  }));
  main.replaceChildren(
    h("h1", {}, root.info?.title ?? "API"), h("p", { class: "soft" }, `Version ${root.info?.version ?? "–"}`), ...prose(root.info?.description),
    field("Find", find), h("nav", { class: "contents", "aria-label": "Contents" }, used.map(([name], at) => h("a", { href: `#group-${at}` }, name))),
    ...sections.map((section) => section.element));
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted?.matches("details")) wanted.open = true;
  if (wanted && wanted !== main) wanted.scrollIntoView();
}

async function load() {
  main.replaceChildren(loading("Reading"));
  try {
    draw(await get("/openapi.json"));
  } catch (error) {
    if (error.status === undefined) console.error(error);
    main.replaceChildren(h("h1", {}, "API"), failure(error, load));
  }
}
load();
