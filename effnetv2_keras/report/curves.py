"""Loss and accuracy over the epochs, with the phases they were trained in."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from effnetv2_keras.configs.schedule import Schedule
from effnetv2_keras.files.atomic import write_whole
from effnetv2_keras.runs.history import Row

PANELS = (("loss", "loss"), ("accuracy", "accuracy"))


def draw_curves(rows: list[Row], schedule: Schedule, path: Path) -> None:
    """Writes a PNG with two panels, loss and accuracy, of training and validation.

    Args:
        rows: the history, a row an epoch.
        schedule: its phases are drawn as bands, with their image size.
        path: the file to write.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    epochs = [row["epoch"] for row in rows]
    for panel, (name, title) in zip(figure.subplots(1, 2), PANELS, strict=True):
        _draw_phases(panel, schedule)
        panel.plot(epochs, [row[name] for row in rows], marker="o", markersize=3, label="training")
        panel.plot(epochs, [row[f"val_{name}"] for row in rows], marker="o", markersize=3, label="validation")
        panel.set(xlabel="epoch", title=title, xlim=(0.5, schedule.epochs + 0.5))
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.legend(loc="best", framealpha=0.9)
    write_whole(path, lambda aside: figure.savefig(aside, dpi=120, format="png"))


def _draw_phases(panel: object, schedule: Schedule) -> None:
    for phase in schedule.phases:
        first, last = phase.first_epoch + 0.5, phase.last_epoch + 1.5
        panel.axvspan(first, last, color="0.5", alpha=0.06 + 0.10 * (phase.index % 2), linewidth=0)  # type: ignore[attr-defined]
        panel.text(  # type: ignore[attr-defined]
            (first + last) / 2,
            1.0,
            f"{phase.image_size} px",
            transform=panel.get_xaxis_transform(),  # type: ignore[attr-defined]
            ha="center",
            va="top",
            fontsize=8,
            color="0.35",
        )
