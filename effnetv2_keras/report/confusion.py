"""What was taken for what: a table where there are few classes, a map where there are many, and the worst pairs."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from html import escape

import numpy as np
from PIL import Image

from effnetv2_keras.inference.class_counts import ClassCounts
from effnetv2_keras.report.html import framed, percent, plural, section
from effnetv2_keras.report.measured import Measured

READABLE = 25  # classes in a table
MAPPED = 1000  # classes in a map
MOST_PAIRS = 12
GOOD, BAD = (40, 140, 90), (200, 70, 55)


def confusion_section(measured: Measured, picture: Callable[[int], str | None]) -> str:
    """Returns the section; `picture` gives an image of the split as a data URL."""
    counts = measured.evaluation.counts
    mistaken = sum(counts.confused.values())
    if not mistaken:
        return section("confusion", "Confusions", "<p>None: nothing was taken for anything else.</p>")
    body = ""
    count = len(counts.classes)
    if measured.split.is_multilabel:
        body += (
            "<p>Of an image that shows several classes as many answers count, best first. Each class that was missed "
            "is paired with each that was answered in its place.</p>"
        )
    elif count <= READABLE:
        body += "<p>A row for what an image shows, a column for the answer.</p>" + matrix(counts)
    elif count <= MAPPED:
        body += (
            "<p>A row for what an image shows, a column for the answer, in the order of the class numbers: green on "
            f"the diagonal is right, red is not, paler is rarer.</p>{confusion_map(counts)}"
        )
    return section("confusion", "Confusions", body + _pairs(measured, picture), plural(mistaken, "mistake"))


def matrix(counts: ClassCounts) -> str:
    """Returns the confusion matrix as a table, shaded by the share of each row."""
    names = list(counts.classes)
    heads = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in names)
    lines = "".join(_matrix_row(counts, names, truth) for truth in names)
    caption = "Images by what they show and what was answered"
    return framed(
        f'<table class="matrix"><caption>{caption}</caption><thead><tr><td></td>{heads}'
        f'<th scope="col" class="sum">images</th></tr></thead><tbody>{lines}</tbody></table>',
        caption,
    )


def _matrix_row(counts: ClassCounts, names: list[str], truth: str) -> str:
    shown = counts.classes[truth].shown
    cells = ""
    for answer in names:
        is_right = answer == truth
        number = counts.classes[truth].found if is_right else counts.confused[truth, answer]
        said = f"{number} of {shown} images of {truth} were answered with {answer}"
        kind = ' class="hit"' if is_right else ""
        share = f' style="--share:{0.08 + 0.62 * number / shown:.2f}"' if number else ""
        cells += f'<td{kind}{share} title="{escape(said)}">{number or ""}</td>'
    return f'<tr><th scope="row">{escape(truth)}</th>{cells}<td class="sum">{shown}</td></tr>'


def confusion_map(counts: ClassCounts) -> str:
    """Returns the confusion matrix as a picture, a pixel a cell, transparent where nothing is."""
    number = {name: at for at, name in enumerate(counts.classes)}
    pixels = np.zeros((len(number), len(number), 4), np.uint8)
    cells = [(name, name, one.found) for name, one in counts.classes.items() if one.found]
    cells += [(truth, answer, count) for (truth, answer), count in counts.confused.items()]
    for truth, answer, count in cells:
        strength = np.sqrt(count / counts.classes[truth].shown)
        colour = GOOD if truth == answer else BAD
        pixels[number[truth], number[answer]] = (*colour, round(55 + 200 * min(strength, 1.0)))
    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(file, "PNG", optimize=True)
    said = f"Confusion matrix of {len(number)} classes; the pairs below are its darkest red cells"
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img class="map" alt="{said}" src="data:image/png;base64,{data}">'


def _pairs(measured: Measured, picture: Callable[[int], str | None]) -> str:
    counts = measured.evaluation.counts
    worst = sorted(counts.confused.items(), key=lambda item: (-item[1], item[0]))[:MOST_PAIRS]
    examples = measured.examples([pair for pair, _ in worst])
    cards = "".join(_pair(counts, pair, number, picture(examples[pair])) for pair, number in worst)
    rest = len(counts.confused) - len(worst)
    more = f'<p class="quiet">and {plural(rest, "rarer pair")}</p>' if rest > 0 else ""
    return f'<h3>Most often confused</h3><div class="grid">{cards}</div>{more}'


def _pair(counts: ClassCounts, pair: tuple[str, str], number: int, data: str | None) -> str:
    truth, answer = pair
    shown = counts.classes[truth].shown
    alt = f"an image of {truth} that was taken for {answer}"
    frame = f'<img alt="{escape(alt)}" src="{data}">' if data else '<span class="none">nothing to show</span>'
    return (
        f'<figure><div class="frame">{frame}</div><figcaption><b>{escape(truth)}</b>'
        f'<span class="reason">taken for {escape(answer)}</span>'
        f"<span>{number} of {plural(shown, 'image')}, {percent(number / shown)}</span></figcaption></figure>"
    )
