"""EfficientNet-B1 against ResNet-152 on one core.  Cost: a minute of CPU for `laptop`, half of one for `tiny`."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.registry import get_config
from paper.costs import Answer
from paper.experiment import Cell, Experiment, Lines, Measured
from paper.networks import RESNET_152
from paper.pictures import bars
from paper.presets import Preset
from paper.published import NOT_KNOWN, V1_LATENCY

SMALL, LARGE = "efficientnet-b1", "resnet-152"
TIME = "CPU ms, median (10 % to 90 %)"
NETWORKS = {SMALL: get_config(SMALL), LARGE: RESNET_152}
#                    px (0: the network's own), calls
SETTINGS = {"tiny": (64, 3), "laptop": (0, 20), "paper": (0, 20)}


def cells(preset: Preset) -> list[Cell]:
    """Returns both networks."""
    size, calls = SETTINGS[preset.name]
    return [
        Cell("one image", name, Answer(network, size or network.eval_size, calls, network.eval_size))
        for name, network in NETWORKS.items()
    ]


def times(done: list[Measured]) -> float:
    """Returns how many times as long the large network takes."""
    taken = {cell["way"]: cell["latency_ms"] for cell in done}
    return taken[LARGE] / taken[SMALL]


def table(done: list[Measured]) -> Lines:
    """Returns a line a network."""
    lines = [
        {
            "network": cell["way"],
            "px": str(cell["latency_size"]),
            "parameters, M": f"{cell['parameters'] / 1e6:.1f}",
            "n": str(cell["calls"]),
            TIME: f"{cell['latency_ms']:.0f} ({cell['low_ms']:.0f} to {cell['high_ms']:.0f})",
            "the paper": NOT_KNOWN,
        }
        for cell in done
    ]
    return [*lines, {"network": "ratio", TIME: f"{times(done):.2f}", "the paper": f"{V1_LATENCY:g}"}]


def verdict(done: list[Measured]) -> str:
    """Compares the ratio with the paper's."""
    found = times(done)
    word = "Agrees" if abs(found / V1_LATENCY - 1) < 0.15 else "Disagrees"
    return (
        f"{word}: ResNet-152 takes {found:.2f} times as long as EfficientNet-B1 here, {V1_LATENCY} times in the paper; "
        "processor, kernels and framework are others."
    )


def draw(done: list[Measured], path: Path) -> None:
    """Draws a bar a network."""
    bars([cell["way"] for cell in done], [("CPU ms an image", [cell["latency_ms"] for cell in done])], path)


EXPERIMENT = Experiment(
    name="v1_latency",
    title="CPU latency of EfficientNet-B1 and ResNet-152",
    source="Tan & Le 2019, Table 4",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="random weights, one image, one thread, CPU time",
)
