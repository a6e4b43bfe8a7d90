"""The surest mistakes as pictures: what was shown, what was answered, and how sure the model was."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from effnetv2_keras.report.html import percent, plural, section
from effnetv2_keras.report.measured import Measured, Mistake

MOST = 25


def mistakes_section(measured: Measured, picture: Callable[[int], str | None]) -> str:
    """Returns the section; `picture` gives an image of the split as a data URL."""
    evaluation = measured.evaluation
    wrong = evaluation.num_images - round(evaluation.accuracy * evaluation.num_images)
    if not wrong:
        return section("mistakes", "Mistakes", "<p>None.</p>")
    shown = measured.mistakes(MOST)
    cards = "".join(_card(measured, one, picture(one.index)) for one in shown)
    said = f"The {len(shown)} surest of {wrong:,}." if wrong > len(shown) else "All of them, the surest first."
    advice = "A wrong label looks like a sure mistake: check these before the model is blamed."
    return section(
        "mistakes",
        "Mistakes",
        f'<p>{said} {advice}</p><div class="grid">{cards}</div>',
        plural(wrong, "image"),
    )


def _card(measured: Measured, one: Mistake, data: str | None) -> str:
    truth = ", ".join(measured.split.label_names(one.index)) or "nothing"
    location = measured.split.locations[one.index]
    alt = f"shows {truth}, answered {one.label}"
    frame = f'<img alt="{escape(alt)}" src="{data}">' if data else '<span class="none">nothing to show</span>'
    return (
        f'<figure title="{escape(location)}"><div class="frame">{frame}</div><figcaption>'
        f'<b>{escape(truth)}</b><span class="score">answered {escape(one.label)}, {percent(one.score)}</span>'
        f"<span>{escape(short(location, measured.data))}</span></figcaption></figure>"
    )


def short(location: str, place: str) -> str:
    """Returns a location without the folder of the data, or of the table that names them.

    >>> short("photos/oak/1.jpg", "photos/"), short("photos/oak/1.jpg", "photos/all.csv")
    ('oak/1.jpg', 'oak/1.jpg')
    """
    folders = (place.rstrip("/"), place.rpartition("/")[0])
    found = next((folder for folder in folders if folder and location.startswith(f"{folder}/")), None)
    return location if found is None else location.removeprefix(f"{found}/")
