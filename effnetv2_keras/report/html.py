"""Pieces of pages that more than one of them needs. Texts are escaped here; what is called markup is not."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from html import escape

LINE = 90  # characters


def section(anchor: str, title: str, body: str, small: str = "") -> str:
    """Returns a section with a heading; `body` is markup."""
    aside = f"<small>{escape(small)}</small>" if small else ""
    return f'<section id="{anchor}"><h2>{escape(title)}{aside}</h2>\n{body}</section>'


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str, *, head: bool = True) -> str:
    """Returns a table whose first column names the rows and whose others are numbers.

    Args:
        columns: headings.
        rows: texts.
        caption: what the table says, for those who do not see it.
        head: whether the first cell of a row is its heading.
    """
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    lines = "".join(f"<tr>{_row(row, head=head)}</tr>" for row in rows)
    inside = f"<thead><tr>{names}</tr></thead><tbody>{lines}</tbody>"
    return framed(f"<table><caption>{escape(caption)}</caption>{inside}</table>", caption)


def framed(markup: str, caption: str) -> str:
    """Returns a table in a frame that scrolls, by keyboard too, where a page is narrower."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">{markup}</div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Returns names with their values."""
    return f'<dl class="facts">{"".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in pairs)}</dl>'


def details(summary: str, body: str) -> str:
    """Returns markup that opens when it is asked for."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"


def code(text: str) -> str:
    """Returns text as it is typed."""
    return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'


def command(text: str) -> str:
    """Returns a command as it is typed, its options one below the other where it is long."""
    lines: list[list[str]] = [[]]
    for word in shlex.split(text):
        if word.startswith("--") and len(text) > LINE:
            lines.append([])
        lines[-1].append(word)
    return code(" \\\n    ".join(map(shlex.join, lines)))


def percent(share: float | None, digits: int = 1) -> str:
    """Writes a share in percent; a dash where there is none.

    The space before the sign does not break.

    >>> percent(0.94167).split(), percent(1.0).split(), percent(None)
    (['94.2', '%'], ['100', '%'], '-')
    """
    if share is None:
        return "-"
    return f"{'100' if share == 1 else f'{100 * share:.{digits}f}'}\u00a0%"


def plural(count: int, thing: str, several: str = "") -> str:
    """Writes a number of things.

    >>> plural(1, "image"), plural(1200, "image"), plural(2, "class", "classes")
    ('1 image', '1,200 images', '2 classes')
    """
    return f"{count:,} {thing if count == 1 else several or f'{thing}s'}"


def _row(row: Sequence[str], *, head: bool) -> str:
    first, *rest = map(escape, row)
    opened = f'<th scope="row">{first}</th>' if head else f"<td>{first}</td>"
    return opened + "".join(f"<td>{cell}</td>" for cell in rest)
