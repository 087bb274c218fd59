// Reads the text form of Prometheus, and quantiles from histogram buckets.

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const number = (text) => (text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text));

/// `[{name, labels, value}]`; lines that are no samples are passed over.
export function samples(text) {
  const list = [];
  for (const line of text.split("\n")) {
    if (line === "" || line[0] === "#") continue;
    const found = LINE.exec(line);
    if (!found) continue;
    const labels = {};
    for (const [, name, held] of (found[2] ?? "").matchAll(LABEL)) labels[name] = held.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
    list.push({ name: found[1], labels, value: number(found[3]) });
  }
  return list;
}

/// The sum of a metric over all its labels that `test` admits; undefined where there is none.
export function total(list, name, test = () => true) {
  let sum;
  for (const sample of list) if (sample.name === name && test(sample.labels)) sum = (sum ?? 0) + sample.value;
  return sum;
}

/// A histogram as `{bounds, counts, sum, count}`, buckets cumulative, labels other than `le` added up.
export function histogram(list, name, test = () => true) {
  const buckets = new Map();
  for (const sample of list) {
    if (sample.name !== `${name}_bucket` || !test(sample.labels)) continue;
    const bound = number(sample.labels.le ?? "");
    if (!Number.isNaN(bound)) buckets.set(bound, (buckets.get(bound) ?? 0) + sample.value);
  }
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  return { bounds, counts: bounds.map((bound) => buckets.get(bound)), sum: total(list, `${name}_sum`, test) ?? 0, count: total(list, `${name}_count`, test) ?? 0 };
}

/// What was added between two looks; the later one where the server has started anew.
export function since(before, after) {
  if (!before || before.count > after.count || before.bounds.join() !== after.bounds.join()) return after;
  return { bounds: after.bounds, counts: after.counts.map((held, at) => held - before.counts[at]), sum: after.sum - before.sum, count: after.count - before.count };
}

/// A quantile, as Prometheus' `histogram_quantile` estimates it: linear inside the bucket. NaN where nothing was counted.
export function quantile(share, { bounds, counts }) {
  const all = counts.at(-1) ?? 0;
  if (!(all > 0)) return NaN;
  const rank = share * all;
  const at = counts.findIndex((held) => held >= rank);
  if (bounds[at] === Infinity) return at > 0 ? bounds[at - 1] : NaN;
  const low = at > 0 ? bounds[at - 1] : 0;
  const below = at > 0 ? counts[at - 1] : 0;
  return low + (bounds[at] - low) * ((rank - below) / (counts[at] - below || 1));
}
