// A matrix of numbers as a coloured table, with the cell under the pointer or the focus read out.
import { h, roving } from "./dom.js";
import { signed } from "./format.js";

const LARGEST = 20000;

/// `rows` and `columns` are `{label, title}`; `matrix` is by rows. Colours reach from nothing at `low` to full at `high`;
/// below zero they take another hue. `extra` adds a last column `{name, of(row)}` and a last row `{name, of(column)}`.
export function grid({ label, rows, columns, matrix, low = 0, high, read, digits = 2, extraColumn, extraRow, onrow, wide = false }) {
  if (rows.length * columns.length > LARGEST) return h("p", { class: "warning" }, "This matrix is too large to draw; take shorter texts.");
  const readout = h("p", { class: "detail" }, h("span", { class: "soft" }, "Point at a cell, or walk through them with the arrow keys."));
  const cells = [];
  const strength = (value) => Math.max(0, Math.min(1, (Math.abs(value) - low) / (high - low || 1)));
  const heads = columns.map((column) => h("th", { scope: "col", title: column.title }, h("span", {}, column.label)));
  const body = rows.map((row, y) => {
    const head = h("th", { scope: "row", title: row.title }, h("span", {}, row.label));
    const line = columns.map((column, x) => {
      const value = matrix[y][x];
      const cell = h("td", { class: value < 0 ? "minus" : "plus", tabindex: "-1", vars: { "--heat": strength(value).toFixed(3) } }, signed(value, digits));
      const point = () => {
        for (const other of table.querySelectorAll(".at")) other.classList.remove("at");
        head.classList.add("at");
        heads[x].classList.add("at");
        readout.replaceChildren(...read(y, x, value));
      };
      cell.addEventListener("pointerenter", point);
      cell.addEventListener("focus", () => {
        point();
        onrow?.(y);
      });
      cells.push(cell);
      return cell;
    });
    return h("tr", {}, head, line, extraColumn && h("td", { class: "sum" }, signed(extraColumn.of(y), digits)));
  });
  const table = h("table", { class: "grid", role: "grid" },
    h("caption", { class: "hidden" }, label),
    h("thead", {}, h("tr", {}, h("th", { class: "corner" }, h("span", { class: "hidden" }, "Text")), heads, extraColumn && h("th", { scope: "col", class: "sum" }, extraColumn.name))),
    h("tbody", {}, body),
    extraRow && h("tfoot", {}, h("tr", {}, h("th", { scope: "row", class: "sum" }, extraRow.name), columns.map((_, x) => h("td", { class: "sum" }, signed(extraRow.of(x), digits))),
      extraColumn && h("td", { class: "sum total" }, signed(extraRow.total, digits)))));
  if (cells[0]) cells[0].tabIndex = 0;
  roving(table, () => cells, { columns: () => columns.length });
  return h("div", { class: "matrix" }, h("div", { class: wide ? "scroll wide" : "scroll", role: "region", "aria-label": label, tabindex: "0" }, table), readout);
}
