"""Parameters, multiply-adds and latency of every variant, the published accuracy beside them.

Cost: seconds for `tiny`, which times two networks on small images; some 15 minutes for `laptop`, which times those of
up to 10 G multiply-adds; `paper` times all at their own size.
"""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.registry import get_config
from paper.costs import Answer, Count
from paper.experiment import Cell, Experiment, Lines, Measured, Work
from paper.pictures import scatter
from paper.presets import Preset
from paper.published import NOT_KNOWN, V1_TABLE_2, V2_TABLE_7, V2_TABLE_7_21K

FAMILIES = {"EfficientNet": tuple(V1_TABLE_2), "EfficientNetV2": (*V2_TABLE_7, *V2_TABLE_7_21K)}
#         px, of images that are timed (0: the network's own), most G multiply-adds of a network that is timed, calls
TIMED = {"tiny": (64, 0.75, 3), "laptop": (0, 10.5, 10), "paper": (0, 1e9, 30)}


def cells(preset: Preset) -> list[Cell]:
    """Returns a cell a network, small to large in each family."""
    return [Cell(family, name, work(name, preset)) for family, names in FAMILIES.items() for name in names]


def work(name: str, preset: Preset) -> Work:
    """Returns the timing of a network, or only its count where it is too large for the preset."""
    size, largest, calls = TIMED[preset.name]
    network = get_config(name)
    if profile(network).total.macs > largest * 1e9:
        return Count(network, network.eval_size)
    return Answer(network, size or network.eval_size, calls, network.eval_size)


def accuracy(cell: Measured) -> float | None:
    """Returns the published top-1 accuracy of a cell's network, trained on ImageNet alone, %."""
    found = {**V1_TABLE_2, **V2_TABLE_7}.get(cell["way"])
    return None if found is None else found[0]


def table(done: list[Measured]) -> Lines:
    """Returns a line a network."""
    return [
        {
            "network": cell["way"],
            "px": str(cell["size"]),
            "parameters, M": f"{cell['parameters'] / 1e6:.1f}",
            "the paper's, M": published_parameters(cell["way"]),
            "multiply-adds, G": f"{cell['macs'] / 1e9:.2f}",
            "latency here, CPU ms": latency(cell),
            "latency, the paper": NOT_KNOWN,
            "top-1, published, %": published_accuracy(cell),
        }
        for cell in done
    ]


def published_parameters(name: str) -> str:
    """Returns the published number of parameters, millions."""
    if name in V1_TABLE_2:
        return f"{V1_TABLE_2[name][1]:g}"
    return f"{(V2_TABLE_7 | V2_TABLE_7_21K)[name][1]:g}"


def published_accuracy(cell: Measured) -> str:
    """Returns the published accuracy and what it began with."""
    if cell["way"] in V2_TABLE_7_21K:
        return f"{V2_TABLE_7_21K[cell['way']][0]:g} (from ImageNet-21k)"
    return f"{accuracy(cell):g}"


def latency(cell: Measured) -> str:
    """Returns what an answer takes and at which size."""
    if "latency_ms" not in cell:
        return "not measured here"
    at = "" if cell["latency_size"] == cell["size"] else f" at {cell['latency_size']} px"
    return f"{cell['latency_ms']:.0f}{at}"


def verdict(done: list[Measured]) -> str:
    """Compares parameters with the published ones."""
    apart = []
    for cell in done:
        published = float(published_parameters(cell["way"]))
        if abs(cell["parameters"] / 1e6 / published - 1) > 0.03:
            apart.append(cell["way"])
    of = f"Parameters of {len(done) - len(apart)} of {len(done)} networks are within 3 % of the published, rounded ones"
    return f"{of}{': not ' + ', '.join(apart) if apart else ''}. The paper's latencies are not known here."


def draw(done: list[Measured], path: Path) -> None:
    """Draws published accuracy over what was counted."""
    panels = [("parameters, M", lambda cell: cell["parameters"] / 1e6), ("multiply-adds, G", macs)]
    scatter(done, path, panels, ("published top-1, %", accuracy))


def macs(cell: Measured) -> float:
    """Returns multiply-adds in G."""
    return cell["macs"] / 1e9


EXPERIMENT = Experiment(
    name="table7",
    title="Size, multiply-adds and latency of every variant",
    source="Tan & Le 2021, Table 7; Tan & Le 2019, Table 2",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="latency is of one image on one thread of a CPU, and of random weights; accuracy is the published one",
    is_counted=True,
)
