"""Size, multiply-adds and latency against accuracy, from the cells of Table 7.  Cost: that of `table7`, shared."""

from __future__ import annotations

from pathlib import Path

from paper.experiment import Experiment, Lines, Measured
from paper.pictures import scatter
from paper.table7 import accuracy, cells, macs, published_accuracy

PAIRS = (("efficientnetv2-s", "efficientnet-b5"), ("efficientnetv2-m", "efficientnet-b7"))


def table(done: list[Measured]) -> Lines:
    """Returns a line a network, with its cost over that of the V1 network of about the same accuracy."""
    costs = {cell["way"]: cell for cell in done}
    lines = []
    for ours, theirs in PAIRS:
        new, old = costs[ours], costs[theirs]
        lines.append(
            {
                "network": ours,
                "against": theirs,
                "top-1, published, %": f"{published_accuracy(new)} and {published_accuracy(old)}",
                "parameters, ratio": f"{new['parameters'] / old['parameters']:.2f}",
                "multiply-adds, ratio": f"{new['macs'] / old['macs']:.2f}",
                "latency, ratio": ratio(new, old),
                "the paper": "0.83 of the parameters, 0.63 of the FLOPs" if theirs.endswith("b7") else "not known",
            }
        )
    return lines


def ratio(new: Measured, old: Measured) -> str:
    """Returns how long the one takes over the other, where both were timed at their own size."""
    times = [own_latency(cell) for cell in (new, old)]
    return "not measured here" if None in times else f"{times[0] / times[1]:.2f}"


def own_latency(cell: Measured) -> float | None:
    """Returns the latency at the network's own size, CPU ms, where it was measured."""
    return cell["latency_ms"] if cell.get("latency_size") == cell["size"] else None


def verdict(done: list[Measured]) -> str:
    """Compares V2-M and B7 with what the paper says of them."""
    costs = {cell["way"]: cell for cell in done}
    new, old = (costs[name] for name in PAIRS[1])
    size, macs_ = new["parameters"] / old["parameters"], new["macs"] / old["macs"]
    agrees = abs(size - 0.83) < 0.03 and abs(macs_ - 0.63) < 0.03
    return (
        f"{'Agrees' if agrees else 'Disagrees'}: EfficientNetV2-M has {size:.2f} of B7's parameters and {macs_:.2f} of "
        "its multiply-adds; the paper (Table 10) says 17 % and 37 % fewer."
    )


def draw(done: list[Measured], path: Path) -> None:
    """Draws published accuracy over size, multiply-adds and latency."""
    panels = [
        ("parameters, M", lambda cell: cell["parameters"] / 1e6),
        ("multiply-adds, G", macs),
        ("latency here, CPU ms", own_latency),
    ]
    scatter(done, path, panels, ("published top-1, %", accuracy))


EXPERIMENT = Experiment(
    name="figure5",
    title="Size, multiply-adds and latency against accuracy",
    source="Tan & Le 2021, Figure 5",
    cells=cells,
    table=table,
    draw=draw,
    verdict=verdict,
    note="accuracy is the published one; latency is of a CPU",
    is_counted=True,
)
