"""A network printed the way the paper prints it (Tan & Le 2021, Table 4)."""

from __future__ import annotations

from effnetv2_keras.configs.schema import ModelConfig, Stage

HEADER = ("stage", "operator", "stride", "channels", "layers")


def paper_table(config: ModelConfig) -> str:
    """Returns the table of `config`, one line a stage.

    >>> print(paper_table(ModelConfig("tiny", stages=(Stage("mbconv", 5, 2, 4, 16, 2, 0.25),), stem=8, head=32)))
    stage  operator                   stride channels layers
        0  Conv, k3x3                      2        8      1
        1  MBConv4, k5x5, SE0.25           2       16      2
        2  Conv1x1 & Pooling & FC          -       32      1
    """
    kernel = config.stem_kernel
    stem = f"Conv, k{kernel}x{kernel}" + (" & MaxPool, k3x3" if config.stem_pool else "")
    rows: list[tuple[object, ...]] = [(stem, "4" if config.stem_pool else "2", config.stem, 1)]
    rows += [(operator_text(stage), stage.stride, stage.channels, stage.layers) for stage in config.stages]
    head = "Conv1x1 & Pooling & FC" if config.head else "Pooling & FC"
    rows.append((head, "-", config.feature_channels, 1))
    numbered = [HEADER, *((number, *row) for number, row in enumerate(rows))]
    return "\n".join(
        f"{n:>5}  {text:<26} {stride:>6} {channels:>8} {layers:>6}" for n, text, stride, channels, layers in numbered
    )


def operator_text(stage: Stage) -> str:
    """Returns the paper's words for a stage's operator."""
    operator = {"mbconv": "MBConv", "fused": "Fused-MBConv", "bottleneck": "Bottleneck"}[stage.operator]
    se = f", SE{stage.se:g}" if stage.se else ""
    return f"{operator}{stage.expand:g}, k{stage.kernel}x{stage.kernel}{se}"
