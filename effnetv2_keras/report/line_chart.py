"""Curves over the epochs as pictures that take the colours of their page and stay sharp on paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

LEFT, RIGHT, TOP, BOTTOM = 46, 10, 20, 22  # px beside the plot
NARROW = 30  # px below which a band has no room for its name
MANY = 60  # points above which dots are drawn only under the pointer


@dataclass(frozen=True, slots=True)
class Line:
    """A figure over the epochs.

    Args:
        name: for the legend.
        epochs: where it has values.
        values: as many; a gap where one is no number.
    """

    name: str
    epochs: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of epochs, 1-based, both ends included."""

    first: int
    last: int
    name: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Turns epochs and values into places, px."""

    width: int
    height: int
    epochs: int
    low: float
    high: float

    def x(self, epoch: float) -> float:
        """Returns the place of an epoch; half an epoch is left free on both sides."""
        return LEFT + (self.width - LEFT - RIGHT) * (epoch - 0.5) / self.epochs

    def y(self, value: float) -> float:
        """Returns the place of a value."""
        return TOP + (self.height - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def line_chart(
    title: str,
    lines: Sequence[Line],
    bands: Sequence[Band],
    epochs: int,
    *,
    written: Callable[[float], str] = "{:.3g}".format,
    mark: tuple[int, str] | None = None,
    is_stepped: bool = False,
    size: tuple[int, int] = (520, 250),
) -> str:
    """Returns a figure with a title, a legend and a plot.

    Args:
        title: what is drawn.
        lines: at most three.
        bands: drawn behind, with their names where they fit.
        epochs: length of the axis.
        written: how a value is written.
        mark: an epoch to point out, and what it is called.
        is_stepped: whether values hold for a whole epoch, as those that are set do.
        size: width and height, px; the plot grows with the page.
    """
    values = [value for line in lines for value in line.values if math.isfinite(value)]
    ticks = nice_ticks(min(values, default=0.0), max(values, default=1.0), most=round(size[1] / 50))
    frame = Frame(*size, epochs, min([ticks[0], *values]), max([ticks[-1], *values]))
    legend = "".join(f'<i class="s{at}"></i>{escape(line.name)}' for at, line in enumerate(lines))
    shown = f'<span class="legend">{legend}</span>' if len(lines) > 1 else ""
    parts = [*_bands(frame, bands), *_axes(frame, ticks, written)]
    if mark is not None:
        parts.append(_mark(frame, *mark))
    for at, line in enumerate(lines):
        parts += _line(frame, line, at, written, is_stepped=is_stepped)
    said = "; ".join(_said(line, written) for line in lines)
    return (
        f'<figure class="chart"><figcaption><b>{escape(title)}</b>{shown}</figcaption>'
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(title)} over the epochs: '
        f'{escape(said)}">{"".join(parts)}</svg></figure>'
    )


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Returns round numbers in equal steps that hold `low` and `high` between them.

    >>> nice_ticks(0.12, 0.94)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> nice_ticks(32, 64)
    [30.0, 40.0, 50.0, 60.0, 70.0]
    >>> nice_ticks(3, 3)
    [2.0, 3.0, 4.0]
    """
    if high <= low:
        step = 10.0 ** math.floor(math.log10(abs(low))) if low else 1.0
        return [low - step, float(low), low + step] if low else [0.0, 1.0]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _bands(frame: Frame, bands: Sequence[Band]) -> Iterator[str]:
    for at, band in enumerate(bands):
        left, right = frame.x(band.first - 0.5), frame.x(band.last + 0.5)
        height = frame.height - TOP - BOTTOM
        yield f'<rect class="band b{at % 2}" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{height}"/>'
        if right - left >= NARROW:
            yield f'<text class="name" x="{(left + right) / 2:.1f}" y="{TOP - 7}">{escape(band.name)}</text>'


def _axes(frame: Frame, ticks: Sequence[float], written: Callable[[float], str]) -> Iterator[str]:
    right, below = frame.width - RIGHT, frame.height - BOTTOM
    for tick in ticks:
        y = frame.y(tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(written(tick))}</text>'
    for epoch in epoch_ticks(frame.epochs):
        yield f'<text class="tick" x="{frame.x(epoch):.1f}" y="{below + 16}" text-anchor="middle">{epoch}</text>'


def epoch_ticks(epochs: int, most: int = 8) -> list[int]:
    """Returns which epochs are named below a plot, round numbers where there are many.

    >>> epoch_ticks(6), epoch_ticks(350)
    ([1, 2, 3, 4, 5, 6], [50, 100, 150, 200, 250, 300, 350])
    """
    step = next(factor * 10**power for power in range(9) for factor in (1, 2, 5) if factor * 10**power * most >= epochs)
    return list(range(step, epochs + 1, step))


def _mark(frame: Frame, epoch: int, name: str) -> str:
    x, below = frame.x(epoch), frame.height - BOTTOM
    end = "end" if x > frame.width / 2 else "start"
    return (
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{below}"/>'
        f'<text class="tick" x="{x + (-5 if end == "end" else 5):.1f}" y="{below - 6}" text-anchor="{end}">'
        f"{escape(name)}</text>"
    )


def _line(frame: Frame, line: Line, at: int, written: Callable[[float], str], *, is_stepped: bool) -> Iterator[str]:
    points = list(zip(line.epochs, line.values, strict=True))
    path, is_on = "", False
    for epoch, value in points:
        if not math.isfinite(value):
            is_on = False
            continue
        x, y = frame.x(epoch), f"{frame.y(value):.1f}"
        if is_stepped:
            path += f"{'L' if is_on else 'M'}{frame.x(epoch - 0.5):.1f} {y}L{frame.x(epoch + 0.5):.1f} {y}"
        else:
            path += f"{'L' if is_on else 'M'}{x:.1f} {y}"
        is_on = True
    yield f'<path class="line s{at}" d="{path}"/>'
    quiet = " quiet" if len(points) > MANY or is_stepped else ""
    for epoch, value in points:
        if math.isfinite(value):
            told = escape(f"{line.name}, epoch {epoch:.0f}: {written(value)}")
            place = f'cx="{frame.x(epoch):.1f}" cy="{frame.y(value):.1f}"'
            yield f'<circle class="dot s{at}{quiet}" {place} r="3"><title>{told}</title></circle>'


def _said(line: Line, written: Callable[[float], str]) -> str:
    finite = [value for value in line.values if math.isfinite(value)]
    return f"{line.name} from {written(finite[0])} to {written(finite[-1])}" if finite else f"{line.name}: no numbers"
