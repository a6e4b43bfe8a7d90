"""Which columns of a data set of Hugging Face hold the images and their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from effnetv2_keras.data.sources.image_folder import some
from effnetv2_keras.errors import DataError

IMAGES = ("image", "img", "images")  # where there are several, the first of these that is there
LABELS = ("label", "labels", "fine_label")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns; and of the classes, where the label column has them."""

    image: str
    label: str
    class_names: tuple[str, ...] | None


def find_columns(features: Mapping[str, Any], place: str) -> Columns:
    """Finds the columns by the types of their features.

    Images are of the type `Image`. Labels are `ClassLabel`, a list of these, or plain numbers or text in a column
    called `label` or `labels`.

    Raises:
        DataError: if there is none, or several of which none has a usual name.
    """
    import datasets

    images = [name for name, feature in features.items() if isinstance(feature, datasets.Image)]
    classes = {name: label for name, feature in features.items() if (label := _class_label(feature)) is not None}
    image = _choose(images, IMAGES)
    label = _choose(list(classes), LABELS) or next((name for name in LABELS if name in features), None)
    if image is None or label is None:
        kinds = some([f"{name} ({type(feature).__name__})" for name, feature in features.items()])
        raise DataError(
            f"{place} must have a column of images and one of labels, called {' or '.join(LABELS)} where there are "
            f"several. Got: {kinds or 'no columns'}."
        )
    return Columns(image, label, tuple(classes[label].names) if label in classes else None)


def _choose(names: list[str], usual: tuple[str, ...]) -> str | None:
    if len(names) == 1:
        return names[0]
    return next((name for name in usual if name in names), None)


def _class_label(feature: Any) -> Any:
    """Returns the ClassLabel that a feature is, or is a list of; None for other features."""
    import datasets

    inner = feature[0] if isinstance(feature, list) and feature else getattr(feature, "feature", feature)
    return inner if isinstance(inner, datasets.ClassLabel) else None
