"""The mistakes that a user can mend, and the sentence each is told in: the name, the rule, the value."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class UsageError(ValueError):
    """A setting breaks a rule. The command line ends with exit code 2."""

    exit_code = 2


class DataError(ValueError):
    """The files given cannot be used. The command line ends with exit code 3."""

    exit_code = 3


class TrainingError(ArithmeticError):
    """The numbers of a training run are not finite any more. The command line ends with exit code 4."""

    exit_code = 4


class LostWorker(RuntimeError):
    """Another machine or process that works with this one is gone. The command line ends with exit code 5."""

    exit_code = 5


def unknown_name(thing: str, value: object, known: Iterable[str]) -> UsageError:
    """Returns the error for a name outside `known`, with the nearest names.

    >>> str(unknown_name("model", "efficientnetv2-x", ["efficientnetv2-s", "efficientnetv2-xl"]))
    "Unknown model: 'efficientnetv2-x'. Nearest: efficientnetv2-xl, efficientnetv2-s."
    """
    names = list(known)
    near = difflib.get_close_matches(str(value), names, n=5, cutoff=0.5)
    hint = f"Nearest: {', '.join(near)}." if near else f"Known: {', '.join(names)}."
    return UsageError(f"Unknown {thing}: {value!r}. {hint}")


@contextmanager
def as_damage(prefix: str = "") -> Iterator[None]:
    """Calls what is wrong with a file that nobody wrote by hand damage, not a wrong setting.

    Args:
        prefix: stands before the sentence, where that does not name the file.

    Raises:
        DataError: in place of `UsageError`.
    """
    try:
        yield
    except UsageError as damage:
        raise DataError(f"{prefix}{damage}") from None
