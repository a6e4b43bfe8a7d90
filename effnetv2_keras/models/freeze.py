"""Which part of a network learns."""

from __future__ import annotations

import keras

from effnetv2_keras.errors import unknown_name


def freeze(model: keras.Model, until: str | None = None) -> keras.Model:
    """Freezes the layers in front of `until`, and lets `until` and all after it learn.

    Batch normalisation in a frozen layer uses its running statistics and keeps them. Call it before `compile`, or
    compile again: a compiled step keeps what it was compiled with.

    Args:
        model: the network, changed in place.
        until: a layer, or the beginning of its name such as "stage5"; None freezes all but the classifier.

    Returns:
        `model`.

    Raises:
        UsageError: with the nearest names, if no layer begins like `until`.

    >>> from effnetv2_keras.models import create_model
    >>> model = freeze(create_model("efficientnetv2-b0"), until="stage6")
    >>> [layer.name for layer in model.layers if layer.trainable][:2]
    ['stage6_block1', 'stage6_block2']
    """
    first = classifier_index(model) if until is None else _first(model, until)
    for index, layer in enumerate(model.layers):
        layer.trainable = index >= first
    return model


def unfreeze(model: keras.Model) -> keras.Model:
    """Lets every layer learn, and returns `model`."""
    for layer in model.layers:
        layer.trainable = True
    return model


def classifier_index(model: keras.Model) -> int:
    """Returns the place of the last dense layer among the layers, or the number of layers where there is none."""
    indices = [index for index, one in enumerate(model.layers) if isinstance(one, keras.layers.Dense)]
    return indices[-1] if indices else len(model.layers)


def _first(model: keras.Model, until: str) -> int:
    for index, layer in enumerate(model.layers):
        if layer.name == until or layer.name.startswith(f"{until}_"):
            return index
    names = dict.fromkeys(part for one in model.layers for part in (one.name.partition("_")[0], one.name))
    raise unknown_name("layer", until, names)
