"""Recall against queries a second: reading a figure off a curve, and drawing curves as SVG."""

import math
from xml.sax.saxutils import escape

COLOURS = ("#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#d68910", "#16a085", "#7f8c8d", "#2c3e50", "#e84393", "#6c5b1e",
           "#0984e3", "#b2bec3")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 520, 70, 210, 40, 50


def front(points):
    """The points that no other beats in both recall and speed, by recall."""
    best, kept = 0, []
    for point in sorted(points, key=lambda point: (-point["recall"], -point["qps"])):
        if point["qps"] > best:
            best = point["qps"]
            kept.append(point)
    return kept[::-1]


def at_recall(points, recall):
    """Queries a second at a recall, between the two measured points beside it (the logarithm of the speed against the
    logarithm of what is missed); None where the curve does not reach it. Where it begins above, its first point."""
    curve = front(points)
    above = next((index for index, point in enumerate(curve) if point["recall"] >= recall), None)
    if above is None:
        return None
    if above == 0:
        return curve[0]["qps"]
    missed = [math.log(max(1 - point["recall"], 1e-6)) for point in curve[above - 1: above + 1]]
    speeds = [math.log(point["qps"]) for point in curve[above - 1: above + 1]]
    part = (missed[0] - math.log(max(1 - recall, 1e-6))) / (missed[0] - missed[1])
    return math.exp(speeds[0] + part * (speeds[1] - speeds[0]))


def svg(title, curves, least=0.85):
    """A drawing of {name: points}: recall to the right, queries a second upwards on a logarithmic scale."""
    shown = {name: [point for point in front(points) if point["recall"] >= least] for name, points in curves.items()}
    shown = {name: points for name, points in shown.items() if points}
    speeds = [point["qps"] for points in shown.values() for point in points] or [1, 10]
    low, high = math.floor(2 * math.log10(min(speeds))) / 2, math.ceil(2 * math.log10(max(speeds))) / 2
    high = max(high, low + 0.5)
    across = lambda recall: LEFT + (recall - least) / (1 - least) * (WIDTH - LEFT - RIGHT)
    upward = lambda speed: HEIGHT - BOTTOM - (math.log10(speed) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12">', f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>']
    for step in range(round(100 * least), 101, 5 if least < 0.8 else 1):
        x = across(step / 100)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        if step % 5 == 0 or step == 99:
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step / 100:.2f}</text>')
    for power in range(math.floor(low), math.ceil(high) + 1):
        for digit in (1, 2, 5):
            speed = digit * 10.0 ** power
            if low <= math.log10(speed) <= high:
                y = upward(speed)
                parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#eee"/>')
                parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{speed:,.0f}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">recall@10</text>')
    parts.append(f'<text x="14" y="{TOP - 8}">queries/s</text>')
    for index, (name, points) in enumerate(shown.items()):
        colour = COLOURS[index % len(COLOURS)]
        places = [(across(point["recall"]), upward(point["qps"])) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        width = 3 if name == "needletail" else 1.5
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        y = TOP + 10 + 20 * index
        parts.append(f'<rect x="{WIDTH - RIGHT + 20}" y="{y - 9}" width="14" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 40}" y="{y}">{escape(name)}</text>')
    return "\n".join(parts + ["</svg>", ""])


def panels(title, x_label, parts, decades=False):
    """One drawing of several panels, one above another, that share what lies to the right: `parts` holds
    (label, {name: [(x, y)]}, whether y is logarithmic). `decades` makes x logarithmic and its ticks powers of ten."""
    height = 260
    whole = TOP + len(parts) * height + 20
    every = sorted({x for _, series, _ in parts for points in series.values() for x, _ in points})
    place = math.log10 if decades else float
    first, last = place(every[0]), place(every[-1])
    across = lambda x: LEFT + (place(x) - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT)
    names = list(dict.fromkeys(name for _, series, _ in parts for name, points in series.items() if points))
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" font-family="sans-serif" '
        f'font-size="12">',
        f'<rect width="{WIDTH}" height="{whole}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>']
    for number, (label, series, logarithmic) in enumerate(parts):
        top, floor = TOP + number * height + 10, TOP + (number + 1) * height - 40
        values = [y for points in series.values() for _, y in points if y > 0 or not logarithmic]
        lines.append(f'<text x="14" y="{top - 6}">{escape(label)}</text>')
        if logarithmic:
            low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 1e-9)
            steps = [10.0 ** power for power in range(low, high + 1)]
            upward = lambda y: floor - (math.log10(y) - low) / ((high - low) or 1) * (floor - top)
        else:
            low = min(0.9, math.floor(10 * min(values)) / 10)
            steps = [low + (1 - low) * part / 5 for part in range(6)]
            upward = lambda y: floor - (y - low) / (1 - low) * (floor - top)
        for step in steps:
            y = upward(step)
            lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#eee"/>')
            shown = f"{step:,.0f}" if logarithmic else f"{step:.2f}"
            lines.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>')
        for x in every:
            shown = f"{x * 100:g} %" if decades else f"{x:g}"
            lines.append(f'<text x="{across(x):.1f}" y="{floor + 16}" text-anchor="middle">{shown}</text>')
        for name, points in series.items():
            if not points:
                continue
            places = [(across(x), upward(y)) for x, y in points if y > 0 or not logarithmic]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            width = 3 if name == "needletail" else 1.5
            lines.append(f'<polyline points="{line}" fill="none" stroke="{colours[name]}" stroke-width="{width}"/>')
            lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>' for x, y in places]
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(f'<text x="{middle}" y="{whole - 10}" text-anchor="middle">{escape(x_label)}</text>')
    for index, name in enumerate(names):
        y = TOP + 20 + 20 * index
        lines.append(f'<rect x="{WIDTH - RIGHT + 20}" y="{y - 9}" width="14" height="10" fill="{colours[name]}"/>')
        lines.append(f'<text x="{WIDTH - RIGHT + 40}" y="{y}">{escape(name)}</text>')
    return "\n".join(lines + ["</svg>", ""])
