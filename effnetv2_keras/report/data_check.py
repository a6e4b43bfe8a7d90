"""The page of `effnetv2 data check`: what is suspicious, to be looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from effnetv2_keras.data.bad_files import read_or_reason
from effnetv2_keras.data.check.classes import IMBALANCED, imbalance, main_part
from effnetv2_keras.data.check.findings import Finding, Row
from effnetv2_keras.data.check.pairs import Pair
from effnetv2_keras.data.check.run import Checked
from effnetv2_keras.data.listing import EVERYTHING
from effnetv2_keras.files.atomic import write_text
from effnetv2_keras.report.page import page
from effnetv2_keras.report.thumbnail import thumbnail

MOST_SHOWN = 24  # thumbnails a finding, pairs a kind
MOST_CLASSES = 60  # bars; of more classes the largest and the smallest are shown


def write_data_check(checked: Checked, path: str | os.PathLike[str]) -> None:
    """Writes the page as one HTML file, thumbnails inside."""
    write_text(Path(path), data_check_page(checked))


def data_check_page(checked: Checked) -> str:
    """Returns the page."""
    found = checked.found()
    parts = [
        _head(checked, found),
        *(_finding(checked, finding, rows) for finding, rows in found.items()),
        _pairs(checked, "Duplicates", "duplicates", "The same bytes twice.", checked.duplicates),
    ]
    if checked.near is not None:
        parts.append(_pairs(checked, "Near duplicates", "near", "Other bytes, and nearly the same look.", checked.near))
    parts += [_classes(checked), _foot(checked)]
    return page(f"Data check of {checked.listing.place}", "\n".join(part for part in parts if part))


def _head(checked: Checked, found: dict[Finding, list[Row]]) -> str:
    figures = [(len(checked.rows), "images", ""), (len(checked.listing.class_names), "classes", "classes")]
    figures += [(len(rows), finding.name, _anchor(finding)) for finding, rows in found.items()]
    pairs = (("duplicate pairs", "duplicates", checked.duplicates), ("near pairs", "near", checked.near or ()))
    figures += [(len(some), name, anchor) for name, anchor, some in pairs if some]
    items = "".join(
        f'<li><a href="#{anchor}"><b>{count:,}</b>{escape(name)}</a></li>'
        if anchor
        else f"<li><b>{count:,}</b>{escape(name)}</li>"
        for count, name, anchor in figures
    )
    splits = ", ".join(f"{name} {len(part.locations):,}" for name, part in checked.listing.parts.items())
    said = '<p class="verdict"><b>Training would run.</b></p>'
    if checked.verdict is not None:
        said = f'<p class="verdict stops"><b>Training would stop.</b> {escape(checked.verdict)}</p>'
    return (
        f'<h1>Data check</h1><p class="quiet">{escape(checked.listing.place)}'
        f"{'' if EVERYTHING in checked.listing.parts else f' &middot; {escape(splits)}'}</p>"
        f'{said}<ul class="figures">{items}</ul>'
    )


def _finding(checked: Checked, finding: Finding, rows: Sequence[Row]) -> str:
    cards = "".join(_card(checked, row) for row in rows[:MOST_SHOWN])
    title = escape(finding.name[0].upper() + finding.name[1:])
    return (
        f'<section id="{_anchor(finding)}"><h2>{title}<small>{len(rows):,}</small></h2>'
        f'<p>{escape(finding.meaning)} <span class="quiet">In training: {escape(finding.training)}</span></p>'
        f'<div class="grid">{cards}</div>{_more(len(rows), "images", "manifest.csv")}</section>'
    )


def _pairs(checked: Checked, title: str, anchor: str, meaning: str, pairs: Sequence[Pair]) -> str:
    if not pairs:
        return ""
    across = sum(pair.crosses_splits for pair in pairs)
    if across:
        meaning += f" {across:,} across splits: the model is measured on what it has learned by heart."
    elif EVERYTHING in checked.listing.parts:
        meaning += " The two may fall on both sides of the split that is drawn: keep one of each."
    shown = "".join(_pair(checked, pair) for pair in pairs[:MOST_SHOWN])
    return (
        f'<section id="{anchor}"><h2>{title}<small>{len(pairs):,}</small></h2><p>{escape(meaning)}</p>'
        f'<div class="pairs">{shown}</div>{_more(len(pairs), "pairs", "the same list that --json prints")}</section>'
    )


def _pair(checked: Checked, pair: Pair) -> str:
    said = [f"{pair.bits} of 64 bits differ" if pair.bits is not None else "same bytes"]
    if pair.crosses_splits:
        said.append(f'<span class="warn">{escape(pair.first.part)} and {escape(pair.second.part)}</span>')
    if pair.disagrees:
        said.append('<span class="warn">two labels</span>')
    cards = _card(checked, pair.first) + _card(checked, pair.second)
    return f'<div class="pair"><p>{" &middot; ".join(said)}</p><div>{cards}</div></div>'


def _card(checked: Checked, row: Row) -> str:
    picture = _picture(checked, row)
    frame = f'<img alt="" loading="lazy" src="{picture}">' if picture else '<span class="none">nothing to show</span>'
    lines = "".join(f"<span>{escape(line)}</span>" for line in _lines(checked, row))
    lines += "".join(f'<span class="reason">{escape(line)}</span>' for line in _reasons(row))
    name = escape(_short(row.location, checked.listing.place))
    return (
        f'<figure title="{escape(row.location)}"><div class="frame">{frame}</div>'
        f"<figcaption><b>{name}</b>{lines}</figcaption></figure>"
    )


def _lines(checked: Checked, row: Row) -> Iterator[str]:
    look = row.look
    if look.header.format:
        turned = f", EXIF {look.header.orientation}" if look.header.orientation != 1 else ""
        yield f"{look.header.width} x {look.header.height} px, {look.header.format}{turned}"
    labels = ", ".join(checked.label_names(row))
    if labels:
        yield f"labelled {labels}"


def _reasons(row: Row) -> Iterator[str]:
    if not row.look.is_ok:
        yield row.look.status
    if row.look.complaint:
        yield row.look.complaint


def _picture(checked: Checked, row: Row) -> str | None:
    part = checked.listing.parts.get(row.part)
    if part is None:
        return None
    data, reason = read_or_reason(part.store, row.index)
    return None if reason else thumbnail(data)


def _classes(checked: Checked) -> str:
    counts, names = checked.counts, checked.listing.class_names
    if not counts or not names:
        return ""
    totals = [sum(numbers) for numbers in zip(*counts.values(), strict=True)]
    order = sorted(range(len(names)), key=lambda number: -totals[number])
    half = MOST_CLASSES // 2
    between = max(len(order) - MOST_CLASSES, 0)
    bars = [_bar(names[n], [counts[part][n] for part in counts], max(*totals, 1)) for n in order]
    if between:
        gap = f'<span class="quiet">{between:,} more between</span><span></span><span></span>'
        bars = [*bars[:half], gap, *bars[-half:]]
    ratio = imbalance(counts[main_part(counts)])
    notes = "".join(f"<p>{_warn(ratio)}{escape(note)}</p>" for note in checked.notes)
    legend = "".join(f'<i class="s{at}"></i>{escape(part)}' for at, part in enumerate(counts))
    told = f'<p class="quiet legend">{legend}</p>' if EVERYTHING not in counts else ""
    size = f"largest to smallest {ratio:.1f} : 1" if ratio is not None else "none filled"
    return (
        f'<section id="classes"><h2>Classes<small>{len(names):,}, {size}</small></h2>{notes}{told}'
        f'<div class="bars">{"".join(bars)}</div></section>'
    )


def _bar(name: str, numbers: Sequence[int], most: int) -> str:
    pieces = "".join(
        f'<i class="s{at}" style="width:{100 * count / most:.2f}%"></i>' for at, count in enumerate(numbers)
    )
    said = " + ".join(f"{count:,}" for count in numbers)
    return f'<span class="name">{escape(name)}</span><span class="bar">{pieces}</span><span>{said}</span>'


def _warn(ratio: float | None) -> str:
    return '<span class="warn">!</span> ' if ratio is None or ratio > IMBALANCED else ""


def _more(count: int, things: str, where: str) -> str:
    rest = count - MOST_SHOWN
    return f'<p class="quiet">and {rest:,} more {things}: see {where}</p>' if rest > 0 else ""


def _foot(checked: Checked) -> str:
    asked = ["every image decoded to its last row"]
    asked += ["libjpeg asked for complaints"] if checked.is_strict else []
    asked += ["pictures compared"] if checked.near is not None else []
    ignored = ", ".join(f"{count} {kind}" for kind, count in sorted(checked.listing.ignored.items()))
    others = f" Other files, ignored: {escape(ignored)}." if ignored else ""
    return f"<footer>effnetv2 data check: {', '.join(asked)}.{others}</footer>"


def _short(location: str, place: str) -> str:
    """Returns a location without the folder that all of them share."""
    return location.removeprefix(f"{place.rstrip('/')}/")


def _anchor(finding: Finding) -> str:
    return finding.name.lower().replace(" ", "-")
