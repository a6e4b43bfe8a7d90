"""Step time against accuracy, from the cells of Tables 11 and 12.  Cost: that of both, shared."""

from __future__ import annotations

from pathlib import Path

from progressive_figures import by_place, points, standard_error

from paper import table11, table12
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.pictures import scatter
from paper.presets import Preset
from paper.published import NOT_KNOWN
from paper.tables import mean


def cells(preset: Preset) -> list[Cell]:
    """Returns the trainings at a fixed size: V1, V2 and ResNets."""
    found = [Cell(cell.way, cell.group, cell.work) for cell in table11.cells(preset)]
    fixed = [cell for cell in table12.cells(preset) if cell.way == table12.FIXED and cell.group.startswith("ResNet")]
    return [*found, *(Cell("ResNet", cell.group, cell.work) for cell in fixed)]


def step_ms(cell: Measured) -> float:
    """Returns what a step takes, CPU ms."""
    return 1000 * cell["seconds"] / cell["steps"]


def means(done: list[Measured]) -> list[Measured]:
    """Returns one cell a network, its figures means over seeds."""
    return [
        {
            **cells[0],
            "step_ms": mean([step_ms(cell) for cell in cells]),
            "accuracies": [cell["accuracy"] for cell in cells],
        }
        for cells in by_place(done, "group").values()
    ]


def table(done: list[Measured]) -> Lines:
    """Returns a line a network."""
    return [
        {
            "family": cell["group"],
            "network": cell["way"],
            "n": str(len(cell["accuracies"])),
            "step, CPU ms": f"{cell['step_ms']:.1f}",
            "accuracy, %": points(mean(cell["accuracies"]), standard_error(cell["accuracies"])),
            "the paper": NOT_KNOWN,
        }
        for cell in means(done)
    ]


def verdict(done: list[Measured]) -> str:
    """Says which networks no other beats in both."""
    found = means(done)
    front = [
        f"{one['group']} {one['way']}"
        for one in found
        if not any(
            other["step_ms"] < one["step_ms"] and mean(other["accuracies"]) > mean(one["accuracies"]) for other in found
        )
    ]
    return f"No network here is both faster and more accurate than {', '.join(front)}. The paper has V2 on the front."


def draw(done: list[Measured], path: Path) -> None:
    """Draws accuracy over the time of a step."""
    panels = [("training step, CPU ms", lambda cell: cell["step_ms"])]
    scatter(means(done), path, panels, ("test accuracy, %", lambda cell: 100 * mean(cell["accuracies"])))


EXPERIMENT = Experiment(
    name="figure3",
    title="Step time against accuracy",
    source="Tan & Le 2021, Figure 3",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="small networks of these builds on drawn letters",
)
