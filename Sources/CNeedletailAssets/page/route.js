// The address says what is seen: `#search?collection=notes&q=fast+birds`.

export function read(hash = location.hash) {
  const [name, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return { name, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function address(name, params = {}) {
  const kept = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
  return `#${name}${query ? `?${query}` : ""}`;
}

/// Goes there; where it is the present address already, it is shown again.
export function go(name, params) {
  const next = address(name, params);
  if (location.hash === next) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = next;
}
