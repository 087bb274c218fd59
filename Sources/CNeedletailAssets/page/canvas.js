// The drawn map: points on a canvas, where one looks, and which point is meant. It knows no server.
import { calm } from "./dom.js";
import { colourOf, palette } from "./colours.js";

const MAXIMUM = 60;
const MARGIN = 28;

export class PointCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.points = [];
    this.scale = { type: "none", group: () => 0 };
    this.selected = new Set();
    this.emphasis = null;
    this.hovered = null;
    this.outline = null; // [[x, y], …] on the screen: the lasso or the rectangle
    this.view = { x: 0, y: 0, zoom: 1 };
    this.colours = palette();
    new ResizeObserver(() => this.draw()).observe(canvas);
    addEventListener("themechange", () => {
      this.colours = palette();
      this.draw();
    });
  }

  show(points, scale) {
    this.points = points;
    this.scale = scale;
    this.hovered = null;
    this.draw();
  }

  get size() { return { width: this.canvas.clientWidth, height: this.canvas.clientHeight }; }
  get unit() { return (Math.min(this.size.width, this.size.height) / 2 - MARGIN) * this.view.zoom; }

  /// Where all points are seen.
  get home() {
    const { width, height } = this.size;
    const bounds = (values) => [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
    if (this.points.length < 2 || !width) return { x: 0, y: 0, zoom: 1 };
    const [left, right] = bounds(this.points.map((point) => point.x));
    const [low, high] = bounds(this.points.map((point) => point.y));
    const side = Math.min(width, height) / 2 - MARGIN;
    const zoom = Math.min((width / 2 - MARGIN) / side / Math.max((right - left) / 2, 0.02), (height / 2 - MARGIN) / side / Math.max((high - low) / 2, 0.02));
    return { x: (left + right) / 2, y: (low + high) / 2, zoom: Math.min(MAXIMUM, zoom) };
  }

  /// From the map's -1...1 to the screen; up is up.
  place(point) {
    const { width, height } = this.size;
    return [width / 2 + (point.x - this.view.x) * this.unit, height / 2 - (point.y - this.view.y) * this.unit];
  }

  pan(dx, dy) {
    this.view.x = Math.max(-1.5, Math.min(1.5, this.view.x - dx / this.unit));
    this.view.y = Math.max(-1.5, Math.min(1.5, this.view.y + dy / this.unit));
    this.draw();
  }

  /// Zooms, what is at this place of the screen staying there.
  zoom(factor, [x, y] = [this.size.width / 2, this.size.height / 2]) {
    const { width, height } = this.size;
    const before = this.unit;
    this.view.zoom = Math.max(0.5, Math.min(MAXIMUM, this.view.zoom * factor));
    const share = 1 / before - 1 / this.unit;
    this.view.x += (x - width / 2) * share;
    this.view.y -= (y - height / 2) * share;
    this.draw();
  }

  /// Goes to a view, in some steps where motion is wanted.
  goTo(target) {
    cancelAnimationFrame(this.frame);
    if (calm()) {
      this.view = { ...target };
      this.draw();
      return;
    }
    const from = { ...this.view };
    const started = performance.now();
    const step = (now) => {
      const t = Math.min(1, Math.max(0, (now - started) / 180));
      const eased = 1 - (1 - t) ** 3;
      this.view = { x: from.x + (target.x - from.x) * eased, y: from.y + (target.y - from.y) * eased, zoom: from.zoom * (target.zoom / from.zoom) ** eased };
      this.draw();
      if (t < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /// The point nearest to a place of the screen, within `reach` pixels.
  nearest(x, y, reach = 14) {
    let best = null;
    let least = reach * reach;
    for (const point of this.points) {
      const [px, py] = this.place(point);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) {
        least = distance;
        best = point;
      }
    }
    return best;
  }

  /// The points inside a closed line on the screen.
  inside(line) {
    return this.points.filter((point) => {
      const [x, y] = this.place(point);
      let within = false;
      for (let a = 0, b = line.length - 1; a < line.length; b = a++) {
        const [ax, ay] = line[a];
        const [bx, by] = line[b];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
      }
      return within;
    });
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.paint();
    });
  }

  paint() {
    const { width, height } = this.size;
    if (!width) return;
    const dense = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * dense) || this.canvas.height !== Math.round(height * dense)) {
      this.canvas.width = Math.round(width * dense);
      this.canvas.height = Math.round(height * dense);
    }
    const c = this.context;
    c.setTransform(dense, 0, 0, dense, 0, 0);
    c.clearRect(0, 0, width, height);
    this.paintAxes(c, width, height);
    const radius = Math.max(2.2, Math.min(7, (this.points.length > 1200 ? 2.6 : 3.8) * this.view.zoom ** 0.3));
    const some = this.selected.size > 0;
    for (const lifted of [false, true]) for (const point of this.points) {
      const chosen = this.selected.has(point);
      const group = this.scale.group(point);
      const quiet = this.emphasis === null ? some && !chosen : group !== this.emphasis;
      if (lifted === quiet) continue;
      const [x, y] = this.place(point);
      if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
      c.globalAlpha = quiet ? 0.22 : 0.88;
      c.fillStyle = colourOf(this.colours, this.scale, group);
      c.beginPath();
      c.arc(x, y, radius, 0, 7);
      c.fill();
      if (chosen) {
        c.globalAlpha = 1;
        c.lineWidth = 1.4;
        c.strokeStyle = this.colours.ink;
        c.stroke();
      }
    }
    c.globalAlpha = 1;
    if (this.hovered) {
      const [x, y] = this.place(this.hovered);
      c.lineWidth = 2;
      c.strokeStyle = this.colours.ink;
      c.beginPath();
      c.arc(x, y, radius + 3.5, 0, 7);
      c.stroke();
    }
    if (this.outline?.length > 1) this.paintOutline(c);
  }

  paintAxes(c, width, height) {
    const [x, y] = this.place({ x: 0, y: 0 }).map((value) => Math.round(value) + 0.5);
    c.strokeStyle = this.colours.line;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(x, 0);
    c.lineTo(x, height);
    c.moveTo(0, y);
    c.lineTo(width, y);
    c.stroke();
  }

  paintOutline(c) {
    c.beginPath();
    for (const [x, y] of this.outline) c.lineTo(x, y);
    c.closePath();
    c.globalAlpha = 0.12;
    c.fillStyle = this.colours.accent;
    c.fill();
    c.globalAlpha = 1;
    c.lineWidth = 1.6;
    c.setLineDash([5, 4]);
    c.strokeStyle = this.colours.accent;
    c.stroke();
    c.setLineDash([]);
  }
}
