"""What an export wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effnetv2_keras.export.lite.lite_parity import LiteParity
from effnetv2_keras.export.parity import Parity


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how far it strays from the model.

    Args:
        path: the folder or file.
        num_bytes: its size on disk.
        image_size: side of the square images it works on, px.
        max_abs_error: largest difference of a probability, artefact against model, on the images compared.
        parity: more of that comparison, where it was made on photos.
        notes: what was done in another way than asked for, a sentence each.
        lite: all that was measured of a TFLite file.
    """

    path: Path
    num_bytes: int
    image_size: int
    max_abs_error: float
    parity: Parity | None = None
    notes: tuple[str, ...] = ()
    lite: LiteParity | None = None


def size_on_disk(path: Path) -> int:
    """Returns the bytes of a file, or of all files in a folder."""
    return path.stat().st_size if path.is_file() else sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
