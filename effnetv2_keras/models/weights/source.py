"""Where weights are, as the command line names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from effnetv2_keras.configs.registry import CONFIGS
from effnetv2_keras.configs.weight_sets import WeightSet, get_weight_set
from effnetv2_keras.errors import UsageError
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.models.weights.cache import PINNED, check_hash
from effnetv2_keras.models.weights.checkpoint import Checkpoint
from effnetv2_keras.models.weights.fetch import fetch
from effnetv2_keras.models.weights.formats import open_weights
from effnetv2_keras.models.weights.pretrained import HUB, locate


@dataclass(frozen=True)
class WeightSource:
    """Weights that were found.

    Attributes:
        path: of the file or folder, after a download where one was needed.
        checkpoint: opened.
        model: the network, where the name says it.
        weight_set: the released set, where the name says it.
    """

    path: Path
    checkpoint: Checkpoint
    model: str | None = None
    weight_set: WeightSet | None = None


def open_source(text: str, sha256: str | None = None) -> WeightSource:
    """Opens MODEL:TAG, hf://ORG/NAME or a path.

    Raises:
        UsageError: if there is no such thing.
        DataError: if it is of no format, damaged, or has another SHA-256 than the given one.
    """
    model, colon, tag = text.partition(":")
    if colon and model in CONFIGS:
        row = get_weight_set(model, tag)
        path = fetch(row, sha256)
        return WeightSource(path, open_weights(path), model, row)
    path = locate("", text) if text.startswith(HUB) else Path(text)
    if sha256 is not None:
        if not path.is_file():
            raise UsageError(f"`--sha256` is that of one file. Got: {path}.")
        check_hash(str(path), sha256_of(path), sha256, PINNED)
    return WeightSource(path, open_weights(path))
