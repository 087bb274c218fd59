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
