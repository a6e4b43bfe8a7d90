"""The schedules that trainings here have, from the ends of a preset."""

from __future__ import annotations

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.random_resize import RandomResize
from effnetv2_keras.configs.schedule import ProgressiveSchedule, Schedule, constant_schedule
from paper.presets import Preset

MIDDLE = 0.5  # of the way from the weakest to the strongest regularisation
LAST = 1.0
MULTIPLE = 8  # px: the small networks' stride; other sizes cost what the next larger one does


def fixed(preset: Preset, size: int | None = None, strength: float = MIDDLE, epochs: int | None = None) -> Schedule:
    """Returns one size and one strength throughout.

    Args:
        preset: what the ends are of.
        size: px; None for the preset's largest.
        strength: of the regularisation, from 0 (the preset's first) to 1 (its last).
        epochs: None for the preset's.
    """
    held = {name: getattr(preset, name).between(strength) for name in ("randaugment", "dropout")}
    return constant_schedule(epochs or preset.epochs, size or preset.side, **held)


def progressive(preset: Preset, sizes: Ramp | None = None, strength: float | None = None) -> Schedule:
    """Returns Algorithm 1: four phases of growing sizes.

    Args:
        preset: what the ends are of.
        sizes: px; None for the preset's.
        strength: of a regularisation that stays; None for one that grows along, the paper's way.
    """
    return ProgressiveSchedule(
        epochs=preset.epochs,
        image_size=sizes or preset.sizes,
        num_phases=4,
        size_multiple=1 if preset.is_published else MULTIPLE,
        **_regularisation(preset, strength),
    )


def random_resize(preset: Preset, strength: float | None = None, seed: int = 0) -> Schedule:
    """Returns a size drawn every eight epochs, or six times in a shorter training; `strength` as in `progressive`."""
    return RandomResize(
        epochs=preset.epochs,
        image_size=preset.sizes,
        every=8 if preset.is_published else max(preset.epochs // 6, 1),
        seed=seed,
        size_multiple=1 if preset.is_published else MULTIPLE,
        **_regularisation(preset, strength),
    )


def _regularisation(preset: Preset, strength: float | None) -> dict[str, Ramp | float]:
    ramps = {"randaugment": preset.randaugment, "dropout": preset.dropout}
    return ramps if strength is None else {name: ramp.between(strength) for name, ramp in ramps.items()}
