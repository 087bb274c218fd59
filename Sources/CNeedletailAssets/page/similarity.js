// How alike some texts are: one a line, each compared with each.
import { post } from "./api.js";
import { field, h, options } from "./dom.js";
import { milliseconds, noun, score } from "./format.js";
import { grid } from "./grid.js";
import { modelChoice } from "./pick.js";
import { go } from "./route.js";
import { empty, latest } from "./states.js";

const EXAMPLE = ["Swifts sleep while they are flying.", "Some birds can rest in the air.", "The train to Lisbon is late again.", "Railway delays annoy commuters.", "A sourdough needs flour, water and time."];
const MOST = 60;

export function similarity(panel, { announce }) {
  const input = h("textarea", { rows: "6", placeholder: EXAMPLE.join("\n") });
  const prompt = h("select", {});
  const promptField = field("Prompt", prompt);
  const model = modelChoice(["dense"], () => prompts());
  const results = h("div", { class: "results", role: "region", "aria-label": "Similarity" });
  panel.append(
    h("h2", {}, "Similarity"),
    h("p", { class: "intro" }, "Paste texts, one a line. 1 is the same direction, 0 is unrelated."),
    h("form", { class: "form", onsubmit: (event) => {
      event.preventDefault();
      go("similarity", { text: input.value, model: model.value, prompt: prompt.value });
    } }, field("Texts", input),
      h("div", { class: "row" }, model.field, promptField, h("button", { type: "submit", class: "main" }, "Compare"),
        h("button", { type: "button", onclick: () => {
          input.value = EXAMPLE.join("\n");
          input.focus();
        } }, "Example"))),
    results);
  const run = latest(results, announce);

  function prompts(chosen = prompt.value) {
    const list = model.chosen?.prompts ?? [];
    promptField.hidden = list.length === 0;
    options(prompt, [["", "None"], ...list.map((one) => [one.name, one.name])], chosen);
  }

  function show(params) {
    const texts = (params.text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
    if (texts.length < 2) {
      results.replaceChildren(empty("Two texts or more", h("p", { class: "soft" }, "Each line is one text. Every one is compared with every other.")));
      return;
    }
    const used = texts.slice(0, MOST);
    run(async (signal) => {
      const { data, times } = await post("/v1/similarity", { model: params.model || undefined, input: used, prompt_name: params.prompt || undefined }, signal);
      const matrix = data.matrix;
      const pairs = [];
      for (let a = 0; a < used.length; a++) for (let b = a + 1; b < used.length; b++) pairs.push({ a, b, value: matrix[a][b] });
      pairs.sort((one, other) => other.value - one.value);
      const names = used.map((text, at) => ({ label: String(at + 1), title: text }));
      const said = `${noun(used.length, "text")} compared${times.total === undefined ? "" : ` in ${milliseconds(times.total)}`}`;
      const near = h("ol", { class: "pairs" }, pairs.slice(0, 5).map(({ a, b, value }) => h("li", {}, h("span", { class: "score" }, score(value)), h("span", {}, used[a]), h("span", { class: "soft" }, "and"), h("span", {}, used[b]))));
      return {
        said,
        nodes: [
          h("p", { class: "soft small count" }, said),
          texts.length > MOST && h("p", { class: "warning" }, `Only the first ${MOST} of ${texts.length} texts were compared.`),
          grid({
            label: "Similarity matrix", matrix, low: 0, high: 1, columns: names,
            rows: used.map((text, at) => ({ label: `${at + 1}  ${text.length > 42 ? `${text.slice(0, 41)}…` : text}`, title: text })),
            read: (y, x, value) => [h("strong", {}, score(value)), h("span", {}, used[y]), h("span", { class: "soft" }, y === x ? "and itself" : "and"), y !== x && h("span", {}, used[x])].filter(Boolean),
          }),
          h("h3", {}, "Most alike"), near].filter(Boolean),
      };
    }, { what: "Comparing", keep: true });
  }

  return {
    async show(params) {
      if (params.text !== undefined) input.value = params.text;
      await model.use(params.model);
      prompts(params.prompt);
      show(params);
    },
  };
}
