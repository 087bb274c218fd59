// What hands do on the map: drag, wheel, pinch, lasso, and the same by keys.

const box = ([ax, ay], [bx, by]) => [[ax, ay], [bx, ay], [bx, by], [ax, by]];

/// Connects a `PointCanvas` to pointers and keys. `tool()` is "pan", "lasso" or "rectangle".
export function connect(view, { tool, select, hover, say, home, clear }) {
  const canvas = view.canvas;
  const pointers = new Map();
  let line = null;
  let pinch = null;
  let moved = 0;
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { size: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  };
  const outline = (value) => {
    view.outline = value;
    view.draw();
  };

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    view.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), at(event));
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    moved = 0;
    if (pointers.size === 2) {
      pinch = spread();
      line = null;
      outline(null);
    } else if (tool() !== "pan") line = [at(event)];
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = at(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType === "mouse") hover(view.nearest(...now), now);
      return;
    }
    const before = pointers.get(event.pointerId);
    pointers.set(event.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (pinch && pointers.size === 2) {
      const next = spread();
      view.zoom(next.size / (pinch.size || 1), next.middle);
      view.pan(next.middle[0] - pinch.middle[0], next.middle[1] - pinch.middle[1]);
      pinch = next;
    } else if (line) {
      if (tool() === "lasso") line.push(now);
      outline(tool() === "lasso" ? line : box(line[0], now));
    } else if (pointers.size === 1) view.pan(now[0] - before[0], now[1] - before[1]);
  });

  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size < 2) pinch = null;
    const still = moved < 5;
    if (still && event.type === "pointerup") {
      const point = view.nearest(...at(event), 20);
      hover(point, at(event));
      if (point) select([point], "point");
    } else if (line && view.outline) select(view.inside(view.outline), tool());
    line = null;
    outline(null);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", (event) => !pointers.has(event.pointerId) && hover(null));

  // Keys: a rectangle that is moved and resized is the lasso's other form.
  let frame = null;
  const drawFrame = () => outline(frame && box([frame.x, frame.y], [frame.x + frame.width, frame.y + frame.height]));
  const frameKeys = (event) => {
    const step = event.altKey ? 2 : 16;
    const grow = event.shiftKey;
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
    if (dx || dy) {
      if (grow) {
        frame.width = Math.max(16, frame.width + dx);
        frame.height = Math.max(16, frame.height + dy);
      } else {
        frame.x += dx;
        frame.y += dy;
      }
      drawFrame();
      say(`${view.inside(view.outline).length} inside`);
      return true;
    }
    if (event.key === "Enter") {
      const chosen = view.inside(view.outline);
      frame = null;
      drawFrame();
      select(chosen, "rectangle");
      return true;
    }
    if (event.key === "Escape") {
      frame = null;
      drawFrame();
      say("Rectangle put away");
      return true;
    }
    return false;
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    const { width, height } = view.size;
    const handled = frame && frameKeys(event);
    if (handled) {
      event.preventDefault();
      return;
    }
    const actions = {
      ArrowLeft: () => view.pan(40, 0), ArrowRight: () => view.pan(-40, 0), ArrowUp: () => view.pan(0, 40), ArrowDown: () => view.pan(0, -40),
      "+": () => view.zoom(1.3), "=": () => view.zoom(1.3), "-": () => view.zoom(1 / 1.3), 0: home, Escape: clear,
      r: () => {
        frame = { x: width / 3, y: height / 3, width: width / 3, height: height / 3 };
        drawFrame();
        say(`Rectangle, ${view.inside(view.outline).length} inside. Arrows move it, with Shift they resize it, Enter selects, Escape puts it away.`);
      },
    };
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  canvas.addEventListener("blur", () => {
    frame = null;
    drawFrame();
  });
}
