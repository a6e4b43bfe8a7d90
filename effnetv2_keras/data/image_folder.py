"""A folder a class, image files in it: the layout most people have."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from effnetv2_keras.data.manifest import BadFile, Split
from effnetv2_keras.errors import DataError

EXTENSIONS = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")
FORMATS = ("JPEG", "MPO", "PNG", "BMP", "GIF", "WEBP")  # what TensorFlow decodes; MPO is a JPEG with a second picture
ORIENTATION_TAG = 0x0112


@dataclass
class Scan:
    """What is left out while a folder is read."""

    bad_files: list[BadFile] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)


def class_folders(directory: Path) -> list[str]:
    """Returns the names of the folders in `directory` in order, hidden ones left out."""
    return sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and not entry.name.startswith("."))


def read_folder(directory: Path, name: str, class_names: tuple[str, ...], scan: Scan) -> Split:
    """Lists the images of each class folder, deeper folders included, and reads their headers.

    Args:
        directory: the folder that holds the class folders.
        name: what the split is called.
        class_names: the class folders to read; a missing one has no images.
        scan: takes down what is left out.
    """
    locations: list[str] = []
    labels: list[int] = []
    headers: list[tuple[int, int, int]] = []
    for label, class_name in enumerate(class_names):
        for path in image_files(directory / class_name, scan.ignored):
            try:
                headers.append(read_header(path))
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                scan.bad_files.append(BadFile(str(path), _reason(path, error)))
                continue
            locations.append(str(path))
            labels.append(label)
    table = np.array(headers, np.int32).reshape(-1, 3)
    return Split(name, class_names, tuple(locations), np.array(labels, np.int32), table[:, :2], table[:, 2])


def read_header(path: Path) -> tuple[int, int, int]:
    """Returns height, width (px, as stored) and EXIF orientation (1..8) of an image file.

    Raises:
        OSError: if the file is no image that Pillow knows.
        ValueError: if it is one that TensorFlow cannot decode.
    """
    with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # it warns of EXIF blocks that it skips
        if image.format not in FORMATS:
            raise ValueError(f"{image.format} images cannot be decoded here; {', '.join(FORMATS)} can")
        orientation = _orientation(image.info.get("exif", b"")) if image.format in ("JPEG", "MPO") else 1
        return image.height, image.width, orientation


def require_images(split: Split, directory: Path, scan: Scan) -> None:
    """Refuses a split without images, and says what was there instead."""
    if len(split):
        return
    seen = ", ".join(f"{count} {extension}" for extension, count in scan.ignored.most_common()) or "none"
    bad = ""
    if scan.bad_files:
        count = "1 image file is" if len(scan.bad_files) == 1 else f"{len(scan.bad_files)} image files are"
        bad = f" {count} unreadable, the first: {scan.bad_files[0].location} ({scan.bad_files[0].reason})."
    raise DataError(
        f"No images in {directory}: a folder a class is needed, with {' '.join(EXTENSIONS)} files in it. "
        f"Other files seen: {seen}.{bad}"
    )


def image_files(folder: Path, ignored: Counter[str] | None = None) -> Iterator[Path]:
    """Yields the image files below `folder` in order, hidden ones left out; counts the others by extension."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for file in sorted(name for name in files if not name.startswith(".")):
            extension = Path(file).suffix.lower()
            if extension in EXTENSIONS:
                yield Path(parent, file)
            elif ignored is not None:
                ignored[extension or "no extension"] += 1


def _orientation(exif_block: bytes) -> int:
    """Returns what the EXIF block says, 1 where it is damaged; XMP is not asked, as the decoder does not either."""
    exif = Image.Exif()
    try:
        exif.load(exif_block)
        value = exif.get(ORIENTATION_TAG, 1)
    except Exception:  # Pillow raises what its parser runs into
        return 1
    return value if value in range(1, 9) else 1


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "empty file" if path.stat().st_size == 0 else "not an image"
    return getattr(error, "strerror", None) or str(error)
