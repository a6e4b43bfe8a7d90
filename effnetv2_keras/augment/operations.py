"""The table of operations: names, what they do, how strong they are in each mode; users add their own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras

from effnetv2_keras.augment import color, erasing, geometry, strengths
from effnetv2_keras.augment.equalize import equalize
from effnetv2_keras.augment.level import Level
from effnetv2_keras.errors import UsageError, unknown_name


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    Attributes:
        name: as in the papers, `TranslateX`.
        apply: `(images, *arguments) -> images`, images (B, H, W, 3) float32 whole numbers in [0, 255].
            With `moves` instead `(*arguments, height, width) -> Affine`.
        arguments: from a `Level` of B images to the arguments, each (B, ...).
        moves: whether the operation only moves pixels; all that do share one warp.
    """

    name: str
    apply: Callable[..., Any]
    arguments: Callable[[Level], tuple[keras.KerasTensor, ...]] = lambda level: ()
    moves: bool = False


def one(strength: Callable[[Level], keras.KerasTensor]) -> Callable[[Level], tuple[keras.KerasTensor, ...]]:
    """Makes the arguments of an operation that takes a single strength."""
    return lambda level: (strength(level),)


def hole(half: Callable[[Level], keras.KerasTensor]) -> Callable[[Level], tuple[keras.KerasTensor, ...]]:
    """Makes the arguments of an operation that takes half a side and a place."""
    return lambda level: (half(level), level.place)


# fmt: off
ADAPTIVE = (
    #         name            function               arguments                           moves
    Operation("AutoContrast", color.auto_contrast),
    Operation("Equalize",     equalize),
    Operation("Invert",       color.invert),
    Operation("Rotate",       geometry.rotate,       one(strengths.degrees),             True),
    Operation("Posterize",    color.posterize,       one(strengths.adaptive_bits)),
    Operation("Solarize",     color.solarize,        one(strengths.adaptive_threshold)),
    Operation("Color",        color.color,           one(strengths.adaptive_factor)),
    Operation("Contrast",     color.contrast,        one(strengths.adaptive_factor)),
    Operation("Brightness",   color.brightness,      one(strengths.adaptive_factor)),
    Operation("Sharpness",    color.sharpness,       one(strengths.adaptive_factor)),
    Operation("ShearX",       geometry.shear_x,      one(strengths.slope),               True),
    Operation("ShearY",       geometry.shear_y,      one(strengths.slope),               True),
    Operation("TranslateX",   geometry.translate_x,  one(strengths.adaptive_shift_x),    True),
    Operation("TranslateY",   geometry.translate_y,  one(strengths.adaptive_shift_y),    True),
    Operation("Cutout",       erasing.cutout,        hole(strengths.adaptive_cutout)),
    Operation("SolarizeAdd",  color.solarize_add,    one(strengths.addition)),
)
# fmt: on

MODES: dict[str, dict[str, Operation]] = {"adaptive": {row.name: row for row in ADAPTIVE}}


def get_operations(names: Iterable[str], mode: str = "adaptive") -> tuple[Operation, ...]:
    """Looks up rows of the table, those that move pixels last so that they can share one warp.

    Raises:
        UsageError: for an unknown mode or name, a name given twice, or no name at all.
    """
    if mode not in MODES:
        raise unknown_name("mode", mode, MODES)
    wanted = tuple(names)
    for name in wanted:
        if name not in MODES[mode]:
            raise unknown_name("operation", name, MODES[mode])
    if not wanted or len(set(wanted)) < len(wanted):
        raise UsageError(f"`operations` must hold at least one name, and each once. Got: {wanted}.")
    return tuple(sorted((MODES[mode][name] for name in wanted), key=lambda row: row.moves))
