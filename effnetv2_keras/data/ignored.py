"""Files of a folder that are no images to this package, and which of them are photos all the same."""

from __future__ import annotations

from collections.abc import Mapping

# what phones, scanners and cameras write, and TensorFlow has no decoder for
PHOTOS = (".heic", ".heif", ".avif", ".jxl", ".tif", ".tiff", ".dng", ".cr2", ".cr3", ".nef", ".arw")


def told_of_ignored(ignored: Mapping[str, int]) -> str:
    """Says how many other files there are, and what to do about those that are photos.

    Args:
        ignored: number of files by extension, not empty.

    >>> told_of_ignored({".txt": 1, ".heic": 2})
    'ignored 3 other files (.heic 2, .txt 1); save .heic as JPEG to have them used'
    """
    kinds = sorted(ignored.items())
    told = f"ignored {sum(ignored.values())} other files ({', '.join(f'{kind} {count}' for kind, count in kinds)})"
    photos = [kind for kind, _ in kinds if kind.lower() in PHOTOS]
    return f"{told}; save {' and '.join(photos)} as JPEG to have them used" if photos else told
