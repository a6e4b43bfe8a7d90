"""A network printed the way the paper prints it (Tan & Le 2021, Table 4), and its costs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from effnetv2_keras.configs.schema import ModelConfig, Stage

if TYPE_CHECKING:
    from effnetv2_keras.configs.profile import Profile


def paper_table(config: ModelConfig) -> str:
    """Returns the table of `config`, one line a stage.

    >>> print(paper_table(ModelConfig("tiny", stages=(Stage("mbconv", 5, 2, 4, 16, 2, 0.25),), stem=8, head=32)))
    stage  operator                stride  channels  layers
        0  Conv, k3x3                   2         8       1
        1  MBConv4, k5x5, SE0.25        2        16       2
        2  Conv1x1 & Pooling & FC       -        32       1
    """
    middle = [(str(stage.stride), str(stage.channels), str(stage.layers)) for stage in config.stages]
    rows = [
        ("4" if config.stem_pool else "2", str(config.stem), "1"),
        *middle,
        ("-", str(config.feature_channels), "1"),
    ]
    named = [(str(n), text, *row) for n, (text, row) in enumerate(zip(stage_texts(config), rows, strict=True))]
    return aligned([("stage", "operator", "stride", "channels", "layers"), *named])


def profile_table(profile: Profile) -> str:
    """Returns the costs of every stage with their shares of the whole, and the whole."""
    return aligned([("stage", "operator", *COST_HEADER), *cost_rows(profile)])


COST_HEADER = ("output", "parameters", "%", "MACs (M)", "%", "activations (M)", "%")


def cost_rows(profile: Profile) -> list[tuple[str, ...]]:
    """Returns the lines of the profile as text cells; the last is the total."""
    total = profile.total

    def cells(parameters: int, macs: int, activations: int) -> tuple[str, ...]:
        return (
            f"{parameters:,}",
            f"{100 * parameters / total.parameters:.1f}",
            f"{macs / 1e6:,.1f}",
            f"{100 * macs / total.macs:.1f}",
            f"{activations / 1e6:.2f}",
            f"{100 * activations / total.activations:.1f}",
        )

    rows = [
        (
            str(number),
            line.text,
            " x ".join(map(str, line.output)),
            *cells(line.cost.parameters, line.cost.macs, line.cost.activations),
        )
        for number, line in enumerate(profile.stages)
    ]
    return [*rows, ("", "total", "", *cells(total.parameters, total.macs, total.activations))]


def stage_texts(config: ModelConfig) -> list[str]:
    """Returns the operator of every row: the stem, the stages, the head."""
    kernel = config.stem_kernel
    stem = f"Conv, k{kernel}x{kernel}" + (" & MaxPool, k3x3" if config.stem_pool else "")
    head = "Conv1x1 & Pooling & FC" if config.head else "Pooling & FC"
    return [stem, *map(operator_text, config.stages), head]


def operator_text(stage: Stage) -> str:
    """Returns the paper's words for a stage's operator."""
    operator = {"mbconv": "MBConv", "fused": "Fused-MBConv", "bottleneck": "Bottleneck"}[stage.operator]
    expand = "" if stage.operator == "bottleneck" else f"{stage.expand:g}"
    se = f", SE{stage.se:g}" if stage.se else ""
    return f"{operator}{expand}, k{stage.kernel}x{stage.kernel}{se}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Returns `rows` as lines of equal columns: the second one starts at the left, the others end at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i == 1 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
