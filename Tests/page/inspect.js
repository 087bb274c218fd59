// What the test asks of a page that is shown: each function returns a list of faults, empty where there are none.
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const cache = new Map();
  // Any CSS colour as red, green, blue and opacity.
  const colour = (text) => {
    if (!cache.has(text)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      cache.set(text, [r, g, b, a / 255]);
    }
    return cache.get(text);
  };
  const over = (top, under) => [0, 1, 2].map((at) => top[at] * top[3] + under[at] * (1 - top[3])).concat(1);
  const luminance = (rgb) => rgb.slice(0, 3).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)).reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), colour("Canvas"));
  };
  const opacity = (element) => {
    let product = 1;
    for (let at = element; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
    return product;
  };
  const visible = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const frame = element.getBoundingClientRect();
    return frame.width > 1 && frame.height > 1 && !element.closest(".hidden, .skip:not(:focus)");
  };
  const name = (element) => `${element.tagName.toLowerCase()}${element.className && typeof element.className === "string" ? `.${element.className.trim().replaceAll(/\s+/g, ".")}` : ""} "${(element.textContent || element.placeholder || "").trim().slice(0, 30)}"`;

  const judge = (element, text, faults) => {
    const style = getComputedStyle(element);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const under = ground(element);
    const ink = colour(text);
    const found = contrast(over([ink[0], ink[1], ink[2], ink[3] * opacity(element)], under), under);
    if (found < (large ? 3 : 4.5)) faults.add(`${name(element)} has a contrast of ${found.toFixed(2)}`);
  };

  window.inspection = {
    contrast() {
      const faults = new Set();
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(element.tagName) || !visible(element)) continue;
        judge(element, getComputedStyle(element).color, faults);
      }
      for (const control of document.querySelectorAll("input:not([type=checkbox]), textarea, select")) {
        if (!visible(control)) continue;
        judge(control, getComputedStyle(control).color, faults);
        if (control.placeholder) judge(control, getComputedStyle(control, "::placeholder").color, faults);
      }
      return [...faults];
    },
    targets() {
      const faults = [];
      for (const element of document.querySelectorAll("a, button, input, select, textarea, summary, [role=tab], [role=option], [tabindex='0']")) {
        if (!visible(element)) continue;
        // A link inside a sentence is as high as its line.
        if (element.tagName === "A" && getComputedStyle(element).display === "inline" && element.parentElement.textContent.trim() !== element.textContent.trim()) continue;
        const { width, height } = element.getBoundingClientRect();
        if (width < 23.9 || height < 23.9) faults.push(`${name(element)} is ${width.toFixed(0)} by ${height.toFixed(0)} pixels`);
      }
      return faults;
    },
    headings() {
      const faults = [];
      const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((element) => element.checkVisibility({ visibilityProperty: true })).map((element) => [Number(element.tagName[1]), element]);
      if (levels.filter(([level]) => level === 1).length !== 1) faults.push(`there are ${levels.filter(([level]) => level === 1).length} first headings`);
      levels.forEach(([level, element], at) => {
        if (at && level > levels[at - 1][0] + 1) faults.push(`${name(element)} follows a heading of level ${levels[at - 1][0]}`);
      });
      return faults;
    },
    identifiers() {
      const all = [...document.querySelectorAll("[id]")].map((element) => element.id);
      const faults = [...new Set(all.filter((id, at) => all.indexOf(id) !== at))].map((id) => `the id ${id} is used twice`);
      for (const element of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls], label[for]")) {
        for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "for"]) {
          for (const id of (element.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean)) if (!document.getElementById(id)) faults.push(`${name(element)} refers to ${id}, which is not there`);
        }
      }
      return faults;
    },
    focus() {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const frame = element.getBoundingClientRect();
      return {
        name: name(element), shown: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
        strong: contrast(colour(style.outlineColor), ground(element.parentElement)) >= 3,
        seen: frame.bottom > 0 && frame.right > 0 && frame.top < innerHeight && frame.left < innerWidth,
      };
    },
    width: () => (document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} pixels wide in a window of ${innerWidth}`] : []),
  };
})();
