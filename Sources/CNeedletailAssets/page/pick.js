// The choices that several views share: a collection, a model.
import { collections, models } from "./api.js";
import { field, h, options } from "./dom.js";
import { count } from "./format.js";

/// A choice of collections. `load` asks the server and returns the chosen name, or null where there is none.
export function collectionChoice(onchange) {
  const select = h("select", { onchange: () => onchange(select.value) });
  return {
    select,
    field: field("Collection", select),
    async load(wanted, signal) {
      const list = await collections(signal);
      const chosen = wanted || select.value;
      options(select, list.map((one) => [one.name, `${one.name} (${count(one.documents)})`]), chosen);
      if (chosen && !list.some((one) => one.name === chosen)) {
        if (wanted) {
          select.append(h("option", { value: wanted }, wanted));
          select.value = wanted;
          return wanted;
        }
      }
      return select.value || null;
    },
  };
}

/// A choice of models of some kinds; hidden while there is only one, and then the server decides.
export function modelChoice(kinds, onchange = () => {}) {
  const select = h("select", { onchange: () => onchange(select.value) });
  const place = field("Model", select);
  place.hidden = true;
  let list = [];
  const fill = async () => {
    try {
      list = (await models()).filter((model) => kinds.includes(model.kind));
      options(select, [["", "The server's default"], ...list.map((model) => [model.id, model.state === "loaded" ? model.id : `${model.id} (${model.state})`])], select.value);
      place.hidden = list.length < 2;
    } catch { /* The view's own request will say what is wrong. */ }
  };
  let filled = fill();
  addEventListener("keychange", () => { filled = fill(); });
  return {
    field: place,
    get value() { return select.value || undefined; },
    get chosen() { return list.find((model) => model.id === select.value) ?? list[0]; },
    async use(id) {
      await filled;
      select.value = id ?? "";
      if (id && select.value !== id) {
        select.append(h("option", { value: id }, id));
        select.value = id;
      }
    },
  };
}
