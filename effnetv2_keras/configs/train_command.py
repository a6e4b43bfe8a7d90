"""The command line that asks for the same training again."""

from __future__ import annotations

import os
import shlex
from dataclasses import fields

from effnetv2_keras.configs.settings import TrainSettings

FLAGS = ("class_weights", "deterministic", "log_steps")  # there or not
BOTH_WAYS = ("flip", "xla")  # --flip or --no-flip
SEVERAL = {"overrides": "--set"}  # once for each


def train_command(settings: TrainSettings, out: str | os.PathLike) -> str:
    """Returns `effnetv2 train ...` with every setting that is not the default one, quoted for a shell.

    >>> print(train_command(TrainSettings("my photos", epochs=5, flip=False), "runs/a"))
    effnetv2 train 'my photos' --epochs 5 --no-flip --out runs/a
    """
    words = ["effnetv2", "train", settings.data]
    for field in fields(TrainSettings):
        value = getattr(settings, field.name)
        if field.name != "data" and value != field.default:
            words += _option(field.name, value)
    return shlex.join([*words, "--out", os.fspath(out)])


def _option(name: str, value: object) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if name in SEVERAL:
        return [word for one in value for word in (SEVERAL[name], str(one))]  # type: ignore[attr-defined]
    if name in FLAGS:
        return [option]
    if name in BOTH_WAYS:
        return [option if value else f"--no-{name}"]
    return [option, str(value)]
