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

Arguments = Callable[[Level], tuple[keras.KerasTensor, ...]]


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
    arguments: Arguments = lambda level: ()
    moves: bool = False


def one(strength: Callable[[Level], keras.KerasTensor]) -> Arguments:
    """Makes the arguments of an operation that takes a single strength."""
    return lambda level: (strength(level),)


def hole(half: Callable[[Level], keras.KerasTensor]) -> Arguments:
    """Makes the arguments of an operation that takes half a side and a place."""
    return lambda level: (half(level), level.place)


# fmt: off
# The released list, in its order.
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
# What the released code does otherwise.
RELEASED = (
    Operation("Posterize",    color.posterize,          one(strengths.released_bits)),
    Operation("Solarize",     color.solarize,           one(strengths.released_threshold)),
    Operation("Color",        color.color,              one(strengths.released_factor)),
    Operation("Contrast",     color.released_contrast,  one(strengths.released_factor)),
    Operation("Brightness",   color.brightness,         one(strengths.released_factor)),
    Operation("Sharpness",    color.released_sharpness, one(strengths.released_factor)),
    Operation("TranslateX",   geometry.translate_x,     one(strengths.released_shift),   True),
    Operation("TranslateY",   geometry.translate_y,     one(strengths.released_shift),   True),
    Operation("Cutout",       erasing.cutout,           hole(strengths.released_cutout)),
)
# What the released AutoAugment does otherwise than the released RandAugment.
AUTOAUGMENT = (
    Operation("TranslateX",   geometry.translate_x,  one(strengths.autoaugment_shift),   True),
    Operation("TranslateY",   geometry.translate_y,  one(strengths.autoaugment_shift),   True),
    Operation("Cutout",       erasing.cutout,        hole(strengths.autoaugment_cutout)),
)
# fmt: on


def by_name(*tables: tuple[Operation, ...]) -> dict[str, Operation]:
    """Joins tables; a later row takes the place of an earlier one of the same name."""
    return {row.name: row for table in tables for row in table}


RELEASED_LIST = tuple(row.name for row in ADAPTIVE)
MODES = {
    "adaptive": by_name(ADAPTIVE),
    "released": by_name(ADAPTIVE, RELEASED),
    "autoaugment": by_name(ADAPTIVE, RELEASED, AUTOAUGMENT),
}


def get_operations(names: Iterable[str], mode: str = "adaptive") -> tuple[Operation, ...]:
    """Looks up rows of the table, those that move pixels last so that they can share one warp.

    Args:
        names: one or more, each once.
        mode: "adaptive", "released" or "autoaugment".

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


def register_op(
    name: str,
    apply: Callable[..., Any],
    arguments: Arguments = lambda level: (level.magnitude,),
    *,
    moves: bool = False,
) -> Operation:
    """Adds an operation of your own to every mode; from then on `operations=` may name it.

    Args:
        name: not in the table yet.
        apply: `(images, magnitude) -> images`: images (N, H, W, 3) float32 whole numbers in [0, 255], magnitude (N,)
            float32. N is the number of images that drew it, a few of the batch. What it returns is cut to whole levels.
        arguments: what `apply` gets besides the images, if not the magnitude; each (N, ...).
        moves: see `Operation`.

    Raises:
        UsageError: if the name is taken.

    >>> row = register_op("Warmer", lambda images, magnitude: images + magnitude[:, None, None, None] * [1.0, 0.0, 0.0])
    >>> [row.name for row in get_operations(["Rotate", "Warmer"])]
    ['Warmer', 'Rotate']
    """
    if any(name in table for table in MODES.values()):
        raise UsageError(f"`name` must not be in the table of operations yet. Got: {name!r}.")
    row = Operation(name, apply, arguments, moves)
    for table in MODES.values():
        table[name] = row
    return row
