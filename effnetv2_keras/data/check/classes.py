"""How many images each class has in each split, and what is wrong with that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from effnetv2_keras.data.check.findings import Row
from effnetv2_keras.data.listing import EVERYTHING

IMBALANCED = 10  # times as many images in the largest class as in the smallest
HINT = "`--balance 1` shows rare classes more often in training, `--class-weights` has them count more"


def count_classes(rows: Iterable[Row], class_names: Sequence[str], parts: Sequence[str]) -> dict[str, list[int]]:
    """Returns the number of readable images of each class, for each part; labels that are no class are not counted."""
    found = Counter((row.part, label) for row in rows if row.look.is_ok for label in row.labels)
    return {part: [found[part, number] for number in range(len(class_names))] for part in parts}


def main_part(parts: Iterable[str]) -> str:
    """Returns the part that is trained on, or the first where none is."""
    names = list(parts)
    return next((name for name in ("train", EVERYTHING) if name in names), names[0])


def imbalance(counts: Sequence[int]) -> float | None:
    """Returns how many times larger the largest class is than the smallest that has images; None without images."""
    filled = [count for count in counts if count]
    return max(filled) / min(filled) if filled else None


def class_notes(counts: dict[str, list[int]], class_names: Sequence[str]) -> list[str]:
    """Returns a sentence for all that is odd about the classes."""
    notes = []
    for part, numbers in counts.items():
        empty = [name for name, count in zip(class_names, numbers, strict=True) if not count]
        if empty:
            where = "" if part == EVERYTHING else f" in {part}"
            shown = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
            notes.append(f"{len(empty)} of {len(class_names)} classes without a readable image{where}: {shown}")
    ratio = imbalance(counts[main_part(counts)]) if counts else None
    if ratio is not None and ratio > IMBALANCED:
        notes.append(f"the largest class has {ratio:.0f} times as many images as the smallest: {HINT}")
    return notes
