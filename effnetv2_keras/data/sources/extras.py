"""Libraries that not everybody needs, and how to get them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from effnetv2_keras.errors import UsageError

# fmt: off
#   extra         opens
OPENS = {
    "parquet":    "Parquet files",
    "tfds":       "data sets of TensorFlow Datasets",
    "arrayrecord": "ArrayRecord files",
    "hf":         "data sets of Hugging Face",
    "scale":      "Ray Data and Apache Beam",
}
# fmt: on


@contextmanager
def require(extra: str) -> Iterator[None]:
    """Turns the ImportError of a library that is not installed into a sentence that says what to install.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        yield
    except ImportError as error:
        missing = error.name or str(error)
        raise UsageError(
            f"{OPENS[extra]} need a library that is not installed ({missing}): pip install 'effnetv2_keras[{extra}]'."
        ) from error
