"""What a TFLite export may be told beyond the everyday."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effnetv2_keras.configs.rules import check_at_least, check_choice
from effnetv2_keras.export.lite.float_file import Output
from effnetv2_keras.export.lite.watch import Told

OUTPUTS = ("probabilities", "logits")


@dataclass(frozen=True, slots=True)
class LiteOptions:
    """Settings that most exports leave alone.

    Args:
        output: what the file gives: probabilities, or logits for those who do more with them.
        check_on: images to measure the file on, in any form that `calibrate_on` takes; None for those of
            `calibrate_on` that it is not calibrated on, else a portrait.
        force: publish a file that loses more than it may, with a warning in it.
        num_calibration: images to calibrate on at most, at least 1; there is an augmented copy of each.
        num_checked: images to measure on at most, at least 1.
        told: called with what is being done, and how many of how many are done.

    Raises:
        UsageError: for another output, or a number below 1.
    """

    output: Output = "probabilities"
    check_on: Any = None
    force: bool = False
    num_calibration: int = 100
    num_checked: int = 400
    told: Told | None = None

    def __post_init__(self) -> None:
        check_choice("output", self.output, OUTPUTS)
        check_at_least("num_calibration", self.num_calibration, 1)
        check_at_least("num_checked", self.num_checked, 1)
