// A small line of the last values.
import { h, svg } from "./dom.js";

const LENGTH = 60;
const WIDTH = 160;
const HEIGHT = 36;

/// A tile with a name, the present value and its line. `add(value, text)` moves the line on.
export function tile(name, note) {
  const values = [];
  const line = svg("path", { class: "line" });
  const area = svg("path", { class: "area" });
  const held = h("span", { class: "held" }, "–");
  const most = h("span", { class: "soft small" });
  const element = h("div", { class: "tile" }, h("span", { class: "name" }, name), held,
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "spark" }, area, line),
    h("span", { class: "under" }, h("span", { class: "soft small" }, note ?? ""), most));
  return {
    element,
    add(value, text, peak) {
      held.textContent = Number.isFinite(value) ? text(value) : "–";
      values.push(Number.isFinite(value) ? value : null);
      if (values.length > LENGTH) values.shift();
      const known = values.filter((one) => one !== null);
      if (known.length === 0) return;
      const top = Math.max(...known) || 1;
      most.textContent = peak === false ? "" : `peak ${text(Math.max(...known))}`;
      // A young line fills its place sooner.
      const span = Math.max(values.length, Math.min(LENGTH, 15));
      const points = [];
      values.forEach((one, at) => {
        if (one !== null) points.push(`${(((span - values.length + at) / (span - 1)) * WIDTH).toFixed(1)} ${(HEIGHT - 2 - (one / top) * (HEIGHT - 5)).toFixed(1)}`);
      });
      line.setAttribute("d", `M${points.join("L")}`);
      area.setAttribute("d", `M${points[0].split(" ")[0]} ${HEIGHT}L${points.join("L")}L${points.at(-1).split(" ")[0]} ${HEIGHT}Z`);
    },
  };
}
