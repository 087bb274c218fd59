// Which colours: the system's, or those that were chosen here before. Runs before the first paint.
"use strict";
(() => {
  const name = "needletail-theme";
  const order = ["auto", "light", "dark"];
  const stored = () => {
    try {
      const value = localStorage.getItem(name);
      return order.includes(value) ? value : "auto";
    } catch {
      return "auto";
    }
  };
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme-button");
    if (button) {
      const name = { auto: "Auto", light: "Light", dark: "Dark" }[theme];
      button.textContent = `◐ ${name}`;
      button.setAttribute("aria-label", `${name}: colours of the page`);
    }
    dispatchEvent(new Event("themechange"));
  };
  apply(stored());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dispatchEvent(new Event("themechange")));
  document.addEventListener("DOMContentLoaded", () => {
    apply(stored());
    document.getElementById("theme-button")?.addEventListener("click", () => {
      const next = order[(order.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % order.length];
      try {
        localStorage.setItem(name, next);
      } catch { /* Without storage the choice lasts as long as the page. */ }
      apply(next);
    });
  });
})();
