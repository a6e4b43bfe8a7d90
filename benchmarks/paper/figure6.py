"""Training curves with and without adaptive regularisation, from the cells of Table 13.  Cost: that of `table13`."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from progressive_figures import by_place

from paper.experiment import Experiment, Lines, Measured
from paper.pictures import save
from paper.published import NOT_KNOWN
from paper.table13 import ADAPTIVE, cells, verdict
from paper.tables import mean


def courses(done: list[Measured]) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Returns CPU seconds and accuracy along the way, means over seeds, by way to resize and strength."""
    return {
        place: [
            (mean([point[0] for point in points]), mean([point[1] for point in points]))
            for points in zip(*(cell["curve"] for cell in group), strict=True)
        ]
        for place, group in by_place(done, "group").items()
    }


def table(done: list[Measured]) -> Lines:
    """Returns a line a course: accuracy at every point."""
    return [
        {
            "sizes": resize,
            "regularisation": way,
            **{f"point {number}, %": f"{100 * accuracy:.1f}" for number, (_, accuracy) in enumerate(course, start=1)},
            "the paper": NOT_KNOWN,
        }
        for (resize, way), course in courses(done).items()
    ]


def draw(done: list[Measured], path: Path) -> None:
    """Draws a panel a way to resize, a line a strength."""
    found = courses(done)
    resizes = list(dict.fromkeys(resize for resize, _ in found))
    figure, panels = plt.subplots(
        1, len(resizes), figsize=(4.6 * len(resizes), 3.6), layout="constrained", squeeze=False, sharey=True
    )
    for panel, resize in zip(panels[0], resizes, strict=True):
        for (other, way), course in found.items():
            if other == resize:
                seconds, accuracy = zip(*course, strict=True)
                style = {"linewidth": 2.0} if way == ADAPTIVE else {"linewidth": 1.0, "linestyle": "--"}
                panel.plot(seconds, [100 * one for one in accuracy], marker=".", label=way, **style)
        panel.set(title=resize, xlabel="processor seconds", ylabel="test accuracy, %")
        panel.grid(alpha=0.3)
        panel.legend(loc="lower right", fontsize=8)
    save(figure, path)


EXPERIMENT = Experiment(
    name="figure6",
    title="Training curves with and without adaptive regularisation",
    source="Tan & Le 2021, Figure 6",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="accuracy along the way is on 500 of the test pictures, at the largest size",
)
