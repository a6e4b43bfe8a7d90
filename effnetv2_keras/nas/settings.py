"""What a search was asked for, and the presets that it may start from."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.rules import (
    SMALLEST_IMAGE,
    check_above_zero,
    check_at_least,
    check_choice,
    check_probability,
)
from effnetv2_keras.errors import UsageError, as_damage, unknown_name
from effnetv2_keras.runs.run_directory import read_yaml

SAMPLERS = ("random", "evolution", "reinforce", "tpe", "nsga2")
REWARDS = ("v2", "v1")
#   what is timed   as it is called
TIMED = {
    "step":         "a training step",
    "saved_model":  "an answer of the SavedModel",
    "tflite":       "an answer of the TFLite file",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """A search; two with the same settings can share their trials.

    Attributes:
        data: as `open_source` takes it.
        space: a name of `nas.spaces`, or a YAML file.
        sampler: one of `SAMPLERS`.
        trials: networks that are tried, at least 1, those given up early included.
        random_share: of the trials, in [0, 1], drawn at random whatever the sampler is: the baseline it has to beat.
        reward: "v2" accuracy, time and parameters; "v1" accuracy and multiply-adds.
        timed: whose time it is, one of `TIMED`.
        image_size: px, at least 32, of the trials.
        epochs: of a trial at most; Hyperband ends most of them earlier.
        batch_size: images a step.
        max_per_class: most training images of a class; None takes all.
        validation: share of each class set aside where the data have no split of their own.
        top: how many of the best are trained again at the end.
        final_size: px, at least 32, of these.
        final_epochs: of these.
        final_seeds: how often each of these is trained.
        max_parameters: that a network may have; None for any number.
        max_macs: multiply-adds at `final_size`.
        max_step_time: the time over the reference network's, above 0, whatever is timed.
        seed: of everything drawn.

    Raises:
        UsageError: for an unknown word, or a number out of its range; counts are at least 1.
    """

    data: str
    space: str = "efficientnetv2-b0"
    sampler: str = "reinforce"
    trials: int = 100
    random_share: float = 0.2
    reward: str = "v2"
    timed: str = "step"
    image_size: int = 32
    epochs: int = 10
    batch_size: int = 64
    max_per_class: int | None = None
    validation: float = 0.2
    top: int = 3
    final_size: int = 64
    final_epochs: int = 20
    final_seeds: int = 3
    max_parameters: int | None = None
    max_macs: int | None = None
    max_step_time: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("sampler", self.sampler, SAMPLERS)
        check_choice("reward", self.reward, REWARDS)
        check_choice("timed", self.timed, tuple(TIMED))
        for name in ("trials", "epochs", "batch_size", "top", "final_epochs", "final_seeds"):
            check_at_least(name, getattr(self, name), 1)
        for name in ("image_size", "final_size"):
            check_at_least(name, getattr(self, name), SMALLEST_IMAGE)
        for name in ("max_per_class", "max_parameters", "max_macs"):
            if getattr(self, name) is not None:
                check_at_least(name, getattr(self, name), 1)
        check_probability("random_share", self.random_share)
        if self.max_step_time is not None:
            check_above_zero("max_step_time", self.max_step_time)

    def is_random(self, number: int) -> bool:
        """Returns whether trial `number` (0-based) is one of the baseline, spread evenly over the search."""
        share = 1.0 if self.sampler == "random" else self.random_share
        return int((number + 1) * share + 1e-9) > int(number * share + 1e-9)


# fmt: off
PRESETS: dict[str, dict[str, Any]] = {
    # for a look at how it works: minutes; half of so few are the baseline, or it would say nothing
    "tiny":   {"space": "small", "trials": 8, "random_share": 0.5, "image_size": 32, "epochs": 6, "max_per_class": 40,
               "batch_size": 32, "top": 1, "final_size": 32, "final_epochs": 12, "final_seeds": 1},
    # a night on a computer at home
    "laptop": {"space": "efficientnetv2-b0", "trials": 100, "image_size": 32, "epochs": 8, "top": 3,
               "final_size": 64, "final_epochs": 10, "final_seeds": 3},
    # Tan & Le 2021, section 3.2: at most 1000 networks of B4's size, 10 epochs each at a reduced size
    "paper":  {"space": "efficientnetv2", "trials": 1000, "image_size": 224, "epochs": 10, "batch_size": 128, "top": 5,
               "final_size": 380, "final_epochs": 350, "final_seeds": 3},
}
# fmt: on
NEUTRAL = ("trials",)  # what a trial earns does not depend on them


def from_preset(name: str, **changes: Any) -> SearchSettings:
    """Returns the settings of a preset with `changes`, those that are None left out.

    Raises:
        UsageError: for an unknown name or a broken rule.
    """
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return SearchSettings(**{**PRESETS[name], **{key: value for key, value in changes.items() if value is not None}})


def write_settings(path: Path, settings: SearchSettings) -> None:
    """Writes the settings as YAML, whole or not at all."""
    import yaml

    from effnetv2_keras.files.atomic import write_text

    write_text(path, yaml.safe_dump(dataclasses.asdict(settings), sort_keys=False))


def read_settings(path: Path) -> SearchSettings:
    """Reads what `write_settings` wrote.

    Raises:
        DataError: if the file is no YAML, or a setting in it is unknown, missing or breaks its rule.
    """
    values = read_yaml(path)
    known = [field.name for field in dataclasses.fields(SearchSettings)]
    with as_damage(f"{path}: "):
        for name in values:
            if name not in known:
                raise unknown_name("setting", name, known)
        if "data" not in values:
            raise UsageError(f"`data` must be given. Got: {', '.join(values) or 'nothing'}.")
        return SearchSettings(**values)
