// How the server is asked: one function for every request, and one kind of error.

const KEY = "needletail-key";
let held = "";

export function key() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return held;
  }
}

export function useKey(value) {
  held = value;
  try {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  } catch { /* Without storage the key lasts as long as the page. */ }
  known = null;
  dispatchEvent(new Event("keychange"));
}

/// What went wrong. `status` 0: the server could not be reached.
export class ServerError extends Error {
  constructor(status, message, { code = null, param = null, retryAfter = null, request = null } = {}) {
    super(message);
    Object.assign(this, { status, code, param, retryAfter, request });
  }
}

async function answerOf(path, { method = "GET", body, signal, accept = "application/json" } = {}) {
  const headers = { accept };
  if (key()) headers.authorization = `Bearer ${key()}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TypeError" && /header|ByteString|ISO-8859/i.test(error.message)) {
      throw new ServerError(401, "The key has characters that a header cannot carry.");
    }
    throw new ServerError(0, "The server does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  const text = await answer.text().catch(() => "");
  let told = {};
  try {
    const parsed = JSON.parse(text);
    told = typeof parsed.error === "string" ? { message: parsed.error } : parsed.error ?? parsed;
  } catch { /* Not JSON: the status has to do. */ }
  throw new ServerError(answer.status, String(told.message ?? `The server answered ${answer.status} ${answer.statusText}`), {
    code: told.code ?? null,
    param: told.param ?? null,
    retryAfter: answer.headers.get("retry-after"),
    request: answer.headers.get("x-request-id"),
  });
}

/// The answer's JSON, and where its time went in milliseconds.
export async function ask(path, settings) {
  const answer = await answerOf(path, settings);
  let data = null;
  if (answer.status !== 204) {
    try {
      data = await answer.json();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ServerError(answer.status, "The server's answer is not JSON.");
    }
  }
  const times = {};
  for (const part of ["total", "tokenization", "queue", "inference"]) {
    const value = answer.headers.get(`x-${part}-time`);
    if (value !== null && Number.isFinite(Number(value))) times[part] = Number(value);
  }
  return { data, times };
}

export const get = async (path, signal) => (await ask(path, { signal })).data;
export const post = (path, body, signal) => ask(path, { method: "POST", body, signal });
export const textOf = async (path, signal) => (await answerOf(path, { signal, accept: "text/plain" })).text();

let known = null;

/// The server's models; asked once, and again after a fault or with another key.
export function models(again = false) {
  if (again) known = null;
  known ??= get("/v1/models").then((list) => list?.data ?? []).catch((error) => {
    known = null;
    throw error;
  });
  return known;
}

export const collections = async (signal) => (await get("/v1/collections", signal))?.data ?? [];
export const collectionPath = (name, rest = "") => `/v1/collections/${encodeURIComponent(name)}${rest}`;
