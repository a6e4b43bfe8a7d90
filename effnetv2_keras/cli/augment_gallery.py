"""The verb `effnetv2 augment-gallery`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.configs.published_schedules import paper_schedule
from effnetv2_keras.configs.ramp import parse_progressive, parse_ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

PAPER = "paper:"


def augment_gallery(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Photos; several are mixed with each other.")
    ],
    out: Annotated[Path, typer.Option(help="The PNG to write.")] = Path("gallery.png"),
    schedule: Annotated[
        str | None, typer.Option(metavar="paper:MODEL", help="A published schedule, like paper:efficientnetv2-s.")
    ] = None,
    progressive: Annotated[str | None, typer.Option(metavar="FIRST:LAST/PHASES", help="As for train.")] = None,
    randaugment: Annotated[str | None, typer.Option(help="As for train.")] = None,
    mixup: Annotated[str | None, typer.Option(help="As for train.")] = None,
    cutmix: Annotated[str | None, typer.Option(help="As for train.")] = None,
    flip: Annotated[bool, typer.Option(help="Mirror half of the images.")] = True,
    columns: Annotated[int, typer.Option(help="Draws a phase.")] = 8,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Draw what a schedule's augmentation does to photos, a row a phase."""
    phases = _schedule(schedule, progressive, randaugment, mixup, cutmix)
    if columns < 1:
        raise UsageError(f"`--columns` must be at least 1. Got: {columns}.")
    load_tensorflow()
    from effnetv2_keras.augment.pipeline import Augmentation
    from effnetv2_keras.report.augment_gallery import draw_augment_gallery

    photos = [_read(path) for path in images]
    draw_augment_gallery(
        photos, phases, out, columns=columns, augmentation=Augmentation(horizontal_flip=flip), seed=seed
    )
    print(f"{phases}\nwrote {out}")


def _schedule(
    published: str | None, progressive: str | None, randaugment: str | None, mixup: str | None, cutmix: str | None
) -> ProgressiveSchedule:
    if (published is None) == (progressive is None):
        given = "none" if published is None else "both"
        raise UsageError(f"One of `--schedule` and `--progressive` must be given. Got: {given}.")
    if published is None:
        strengths = {"randaugment": randaugment, "mixup": mixup, "cutmix": cutmix}
        ramps = {name: parse_ramp(f"--{name}", text) for name, text in strengths.items() if text}
        sizes, num_phases = parse_progressive(str(progressive))
        return ProgressiveSchedule(num_phases, sizes, num_phases, **ramps)  # type: ignore[arg-type]
    if not published.startswith(PAPER):
        raise UsageError(f"`--schedule` must be paper:MODEL, like paper:efficientnetv2-s. Got: {published!r}.")
    return paper_schedule(published.removeprefix(PAPER))


def _read(path: Path) -> np.ndarray:
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as photo:
            return np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))
    except FileNotFoundError:
        raise DataError(f"No such file or directory: {path}.") from None
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{path} must be a photo. Got: {error}.") from None
