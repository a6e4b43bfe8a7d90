"""Files whose damage shows only when they are decoded: left out, counted, named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from effnetv2_keras.data.diagnose import diagnose
from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.stores.store import Store
from effnetv2_keras.errors import DataError, UsageError

MAX_BAD_FRACTION = 0.01
HINT = " `effnetv2 data check` lists them all."
ALWAYS_BORNE = 9  # so many bad files never stop a run, however few there are in all


class BadFileLog:
    """Collects the files that could not be decoded, each once, in the order met.

    Args:
        told: called with each file as it is met.
        total: files in all, those that were known to be bad included; None where nobody counts.
        known: number of files that were known to be bad when the data were opened.
        max_fraction: share of bad files from which on training stops.
    """

    def __init__(
        self,
        told: Callable[[BadFile], None] | None = None,
        *,
        total: int | None = None,
        known: int = 0,
        max_fraction: float = MAX_BAD_FRACTION,
    ) -> None:
        self._bad: dict[str, BadFile] = {}
        self._told = told
        self._total, self._known, self._max_fraction = total, known, max_fraction
        self._lock = threading.Lock()
        self.verdict: str | None = None  # why training has to stop

    @property
    def files(self) -> tuple[BadFile, ...]:
        """The files so far."""
        return tuple(self._bad.values())

    def recall(self, files: Sequence[BadFile]) -> None:
        """Takes down files that were told of before, in an earlier part of the run."""
        with self._lock:
            self._bad.update({bad.location: bad for bad in files})

    def note(self, bad: BadFile) -> None:
        """Takes down a file that could not be decoded.

        Raises:
            DataError: if there are more than the run bears.
        """
        with self._lock:
            if bad.location in self._bad:
                return
            self._bad[bad.location] = bad
        if self._told is not None:
            self._told(bad)
        if self._total is not None:
            try:
                check_fraction(self.files, self._total, self._max_fraction, known=self._known)
            except DataError as error:
                self.verdict = str(error)
                raise


def check_max_fraction(max_fraction: float) -> None:
    """Refuses what is no share, before anything is read.

    Raises:
        UsageError: if it is not in [0, 1].
    """
    if not 0.0 <= max_fraction <= 1.0:
        raise UsageError(f"`max_bad_fraction` must be between 0 and 1. Got: {max_fraction}.")


def check_fraction(bad: Sequence[BadFile], total: int, max_fraction: float, known: int = 0) -> None:
    """Refuses a data set of which too much cannot be read.

    Args:
        bad: files with their reasons.
        total: files in all, the bad ones included.
        max_fraction: share of bad files that is borne; fewer than 10 always are.
        known: bad files beside those in `bad`.

    Raises:
        DataError: if there are more.
        UsageError: if `max_fraction` is no share.
    """
    check_max_fraction(max_fraction)
    count = len(bad) + known
    if count > ALWAYS_BORNE and count > max_fraction * total:
        first = "; ".join(f"{file.location} ({file.reason})" for file in list(bad)[:3])
        raise DataError(
            f"At most {max_fraction:.4g} of the images may be unreadable (`max_bad_fraction`). "
            f"Got: {count} of {total}, among them {first}.{HINT}"
        )


def read_or_reason(store: Store, index: int) -> tuple[bytes, str | None]:
    """Returns the bytes at `index`, or none and why they cannot be read."""
    try:
        return store.read(index), None
    except (OSError, DataError) as error:
        return b"", getattr(error, "strerror", None) or str(error)


def why_undecoded(store: Store, index: int) -> str:
    """Says why the image at `index`, which a decoder has refused, cannot be used."""
    data, reason = read_or_reason(store, index)
    return reason or diagnose(data)
