"""The experiments by name: V1's first, then tables and figures of V2 in their order."""

from __future__ import annotations

from effnetv2_keras.errors import unknown_name
from paper import (
    figure3,
    figure5,
    figure6,
    table2,
    table3,
    table4,
    table5,
    table6,
    table7,
    table8,
    table10,
    table11,
    table12,
    table13,
    v1_latency,
    v1_maps,
    v1_scaling,
)
from paper.experiment import Experiment

FILES = (
    v1_scaling, v1_latency, v1_maps, table2, table3, table4, table5, table6, table7, table8, table10, table11, table12,
    table13, figure3, figure5, figure6,
)  # fmt: skip
EXPERIMENTS: dict[str, Experiment] = {file.EXPERIMENT.name: file.EXPERIMENT for file in FILES}


def get_experiment(name: str) -> Experiment:
    """Returns the experiment called `name`.

    Raises:
        UsageError: with the nearest names, if there is none.
    """
    if name not in EXPERIMENTS:
        raise unknown_name("table or figure", name, EXPERIMENTS)
    return EXPERIMENTS[name]
