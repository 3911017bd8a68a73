"""The risk-coverage curve as a picture: how many questions are answered, and how many of the answers are wrong."""

from collections.abc import Iterator, Sequence

from index import evaluate

WIDTH, HEIGHT = 640, 440
LEFT, TOP, RIGHT, BOTTOM = 72, 64, 616, 376


def draw(curve: Sequence[evaluate.CurvePoint], threshold: float) -> str:
    """The risk-coverage curve as an SVG document, with a mark where the threshold puts the library."""
    line = " ".join(f"{_x(point.coverage):.1f},{_y(point.risk):.1f}" for point in curve)
    at_threshold = [point for point in curve if point.confidence >= threshold][-1:]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _label(LEFT, 24, "Risk and coverage", "start", 'font-size="16" font-weight="bold"'),
        *_grid(),
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2" stroke-linejoin="round"/>',
    ]
    for point in at_threshold:
        parts += [
            f'<circle cx="{_x(point.coverage):.1f}" cy="{_y(point.risk):.1f}" r="5" fill="#c2410c"/>',
            _label(
                LEFT,
                46,
                f"At the threshold of {threshold:.2f}: {point.coverage:.1%} answered, {point.risk:.1%} of that wrong",
                "start",
                'fill="#c2410c"',
            ),
        ]
    return "\n".join([*parts, "</svg>", ""])


def _grid() -> Iterator[str]:
    """Lines and labels for every fifth of both axes, and what the axes are."""
    for percent in range(0, 101, 20):
        x, y = _x(percent / 100), _y(percent / 100)
        yield f'<path d="M{x:.0f} {TOP}V{BOTTOM}M{LEFT} {y:.0f}H{RIGHT}" stroke="#ddd"/>'
        yield _label(x, BOTTOM + 20, f"{percent}%", "middle")
        yield _label(LEFT - 8, y + 4, f"{percent}%", "end")
    middle = (TOP + BOTTOM) / 2
    yield _label((LEFT + RIGHT) / 2, HEIGHT - 16, "Coverage: questions answered, the surest first", "middle")
    yield _label(20, middle, "Risk: answers that are not right", "middle", f'transform="rotate(-90 20 {middle:.0f})"')


def _label(x: float, y: float, text: str, anchor: str, attributes: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {attributes}>{text}</text>'


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _y(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)
