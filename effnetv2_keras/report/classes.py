"""Precision and recall of every class, the weakest first."""

from __future__ import annotations

from html import escape

from effnetv2_keras.inference.class_counts import ClassCount
from effnetv2_keras.report.html import details, framed, percent, plural, section
from effnetv2_keras.report.measured import Measured

SHOWN = 30  # classes that need no click
MOST = 2000  # rows in all
WEAK = 0.5  # recall or precision below it is pointed out


def classes_section(measured: Measured) -> str:
    """Returns the section."""
    counts = measured.evaluation.counts.classes
    present = sorted(
        ((name, one) for name, one in counts.items() if one.shown or one.given),
        key=lambda item: (item[1].recall if item[1].recall is not None else 2.0, -item[1].shown, item[0]),
    )
    body = (
        "<p>Recall is the share of a class's images that were found, precision the share of its answers that are "
        "right. The weakest come first.</p>" + _table(present[:SHOWN])
    )
    rest = present[SHOWN:MOST]
    if rest:
        body += details(f"{plural(len(rest), 'more class', 'more classes')}", _table(rest))
    absent = len(counts) - len(present)
    left = [f"{plural(absent, 'class', 'classes')} neither shown nor answered"] if absent else []
    left += [f"{len(present) - MOST:,} more: `effnetv2 evaluate --json` has all"] if len(present) > MOST else []
    if left:
        body += f'<p class="quiet">{escape("; ".join(left))}</p>'
    return section("classes", "Classes", body, f"{len(counts):,}")


def _table(rows: list[tuple[str, ClassCount]]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("class", "images", "recall", "precision", "F1"))
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{one.shown:,}</td>'
        f"{_share(one.recall)}{_share(one.precision)}{_share(one.f1)}</tr>"
        for name, one in rows
    )
    caption = "Recall, precision and F1 of each class"
    return framed(
        f'<table class="classes"><caption>{caption}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table>",
        caption,
    )


def _share(share: float | None) -> str:
    weak = " weak" if share is not None and share < WEAK else ""
    return f'<td class="share{weak}" style="--share:{share or 0:.3f}">{percent(share)}</td>'
