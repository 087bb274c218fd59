// How the server is doing now: it is asked every two seconds while this view is seen.
import { textOf } from "./api.js";
import { h } from "./dom.js";
import { bytes, compact, count, milliseconds } from "./format.js";
import { histogram, quantile, samples, since, total } from "./prometheus.js";
import { tile } from "./sparkline.js";
import { failure, loading } from "./states.js";

const EVERY = 2000;

export function metrics(panel) {
  let timer = 0;
  let seen = false;
  let paused = false;
  let before = null;
  let asking = null;
  const tiles = {
    requests: tile("Requests", "a second"), tokens: tile("Tokens", "a second"), texts: tile("Texts", "a second"),
    median: tile("Latency, median", "of requests"), slow: tile("Latency, 99 %", "of requests"),
    queue: tile("Queue", "texts waiting"), queued: tile("Queue", "tokens waiting"),
    batch: tile("Batch", "texts, mean"), batchTokens: tile("Batch", "tokens, mean"),
    flight: tile("In flight", "requests"), memory: tile("Memory", "resident"), processor: tile("Processor", "cores in use"),
  };
  const trouble = h("div", {});
  const state = h("p", { class: "soft small" });
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    state.textContent = paused ? "Paused" : "";
    schedule(0);
  } }, "Pause");
  const wall = h("div", { class: "tiles", hidden: true }, Object.values(tiles).map((one) => one.element));
  // The regions stay, so that one that is scrolled or focused is not taken away.
  const region = (label) => h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label });
  const stagesRegion = region("Stages");
  const routesRegion = region("Routes");
  const tables = h("div", { class: "tables", hidden: true }, stagesRegion, routesRegion);
  panel.append(h("div", { class: "head" }, h("h2", {}, "Metrics"), pause), h("p", { class: "intro" }, "Measured by the server, asked every two seconds while you look; as text at ", h("a", { href: "/metrics" }, "/metrics"), "."), trouble, wall, tables, state);

  const schedule = (wait) => {
    clearTimeout(timer);
    if (seen && !paused && !document.hidden) timer = setTimeout(poll, wait);
  };
  document.addEventListener("visibilitychange", () => schedule(0));

  async function poll() {
    asking?.abort();
    const mine = asking = new AbortController();
    if (wall.hidden && !trouble.firstChild) trouble.replaceChildren(loading("Measuring"));
    try {
      const text = await textOf("/metrics", mine.signal);
      if (mine.signal.aborted) return;
      trouble.replaceChildren();
      wall.hidden = tables.hidden = false;
      show(samples(text), performance.now() / 1000);
      schedule(EVERY);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error.status === undefined) console.error(error);
      trouble.replaceChildren(failure(error, () => poll()));
      // A refusal stays one until something is done; a server that starts again is found again.
      if (error.status === 0 || error.status >= 429) schedule(error.status === 429 ? Math.max(EVERY, Number(error.retryAfter) * 1000 || 0) : 3 * EVERY);
    }
  }

  function show(list, now) {
    const sums = Object.fromEntries(["needletail_requests_total", "needletail_tokens_total", "needletail_texts_total", "process_cpu_seconds_total"].map((name) => [name, total(list, name)]));
    const histograms = Object.fromEntries(["needletail_request_seconds", "needletail_batch_texts", "needletail_batch_tokens"].map((name) => [name, histogram(list, name)]));
    const anew = before && sums.needletail_requests_total < before.sums.needletail_requests_total;
    const rate = (name) => (before && !anew ? (sums[name] - before.sums[name]) / (now - before.now) : NaN);
    const lately = (name) => (before && !anew ? since(before.histograms[name], histograms[name]) : histograms[name]);
    const mean = (held) => (held.count > 0 ? held.sum / held.count : NaN);
    const time = lately("needletail_request_seconds");
    const inMilliseconds = (value) => milliseconds(value * 1000);
    tiles.requests.add(rate("needletail_requests_total"), compact);
    tiles.tokens.add(rate("needletail_tokens_total"), compact);
    tiles.texts.add(rate("needletail_texts_total"), compact);
    tiles.median.add(quantile(0.5, time), inMilliseconds);
    tiles.slow.add(quantile(0.99, time), inMilliseconds);
    tiles.queue.add(total(list, "needletail_queue_texts"), compact);
    tiles.queued.add(total(list, "needletail_queue_tokens"), compact);
    tiles.batch.add(mean(lately("needletail_batch_texts")), compact);
    tiles.batchTokens.add(mean(lately("needletail_batch_tokens")), compact);
    tiles.flight.add(total(list, "needletail_requests_in_flight"), compact);
    tiles.memory.add(total(list, "process_resident_memory_bytes"), bytes);
    tiles.processor.add(rate("process_cpu_seconds_total"), (value) => value.toFixed(2));
    before = { sums, histograms, now };
    stagesRegion.replaceChildren(stages(list));
    routesRegion.replaceChildren(routes(list));
    const started = total(list, "process_start_time_seconds");
    const up = started ? Math.max(0, Date.now() / 1000 - started) : null;
    state.textContent = [up !== null && `Running for ${duration(up)}`, `${count(total(list, "needletail_connections") ?? 0)} connections`,
      `${count(total(list, "needletail_models_loaded") ?? 0)} models loaded`, `${count(total(list, "needletail_truncated_total") ?? 0)} texts truncated`].filter(Boolean).join(" · ");
  }

  return {
    show() {
      seen = true;
      schedule(0);
    },
    hide() {
      seen = false;
      asking?.abort();
      clearTimeout(timer);
      trouble.replaceChildren();
    },
  };
}

function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

const cells = (held) => held.map((one, at) => h(at ? "td" : "th", at ? { class: "number" } : { scope: "row", class: "code" }, one));
const table = (title, names, rows) => h("table", { class: "plain" }, h("caption", {}, title),
  h("thead", {}, h("tr", {}, names.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows.map((row) => h("tr", {}, cells(row)))));

/// Where the time of requests went, since the start.
function stages(list) {
  const rows = ["tokenization", "queue", "inference"].map((stage) => {
    const held = histogram(list, "needletail_stage_seconds", (labels) => labels.stage === stage);
    return [stage, milliseconds(quantile(0.5, held) * 1000), milliseconds(quantile(0.99, held) * 1000)];
  });
  return table("Stages since the start", ["Stage", "Median", "99 %"], rows);
}

function routes(list) {
  const found = new Map();
  for (const { name, labels, value } of list) {
    if (name !== "needletail_requests_total") continue;
    const row = found.get(labels.route) ?? { good: 0, bad: 0 };
    row[Number(labels.status) >= 400 ? "bad" : "good"] += value;
    found.set(labels.route, row);
  }
  const rows = [...found].sort((a, b) => b[1].good + b[1].bad - a[1].good - a[1].bad).slice(0, 20).map(([route, { good, bad }]) => {
    const held = histogram(list, "needletail_request_seconds", (labels) => labels.route === route);
    return [route ?? "–", count(good), count(bad), milliseconds(quantile(0.5, held) * 1000), milliseconds(quantile(0.99, held) * 1000)];
  });
  return table("Routes since the start", ["Route", "Answered", "Refused", "Median", "99 %"], rows);
}
