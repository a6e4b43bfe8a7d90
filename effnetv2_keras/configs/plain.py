"""Between dataclasses of facts and the plain values of a YAML file, every type checked."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from typing import Any

from effnetv2_keras.configs.phase_list import PhaseList
from effnetv2_keras.configs.ramp import Ramp, parse_ramp
from effnetv2_keras.configs.random_resize import RandomResize
from effnetv2_keras.configs.schedule import ProgressiveSchedule, Schedule
from effnetv2_keras.errors import UsageError, unknown_name

KINDS: dict[str, type[Schedule]] = {
    "progressive": ProgressiveSchedule,
    "random_resize": RandomResize,
    "phases": PhaseList,
}
WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def to_plain(value: Any) -> Any:
    """Returns `value` as numbers, texts, lists and dicts; a `Ramp` is text like "128:300"."""
    if isinstance(value, Ramp):
        return str(value)
    if isinstance(value, Schedule):
        kind = next(name for name, known in KINDS.items() if type(value) is known)
        return {"kind": kind, **_fields_to_plain(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields_to_plain(value)
    if isinstance(value, dict):
        return {name: to_plain(one) for name, one in value.items()}
    return [to_plain(one) for one in value] if isinstance(value, (tuple, list)) else value


def from_plain(kind: Any, value: Any, name: str = "") -> Any:
    """Builds what the type `kind` says from plain values.

    Args:
        kind: a dataclass, `Schedule`, a number type, text, `tuple[..., ...]` or a union of these with None.
        value: from a YAML file or `to_plain`.
        name: dotted, what an error calls it.

    Raises:
        UsageError: for an unknown name, with the nearest; for a value of another type; for a broken rule.
    """
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return _one_of(typing.get_args(kind), value, name)
    if kind is Schedule:
        return _schedule(value, name)
    if kind is Ramp:
        return _ramp(value, name)
    if typing.get_origin(kind) is tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(name, "a list", value)
        return tuple(from_plain(typing.get_args(kind)[0], one, f"{name}.{i}") for i, one in enumerate(value))
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, name)
    return _scalar(kind, value, name)


def names_of(kind: type) -> list[str]:
    """Returns the names of the fields of a dataclass."""
    return [field.name for field in dataclasses.fields(kind)]


def kind_of(value: Any) -> type[Schedule]:
    """Returns the schedule's class called `value`.

    Raises:
        UsageError: if there is none, with the nearest names.
    """
    if value not in KINDS:
        raise unknown_name("kind of schedule", value, KINDS)
    return KINDS[value]


def _fields_to_plain(value: Any) -> dict[str, Any]:
    return {name: to_plain(getattr(value, name)) for name in names_of(type(value))}


def _dataclass(kind: Any, value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise _wrong(name or "A recipe", "names with values", value)
    hints = _hints(kind)
    prefix = f"{name}." if name else ""
    for key in value:
        if key not in hints:
            raise unknown_name("setting", f"{prefix}{key}", [f"{prefix}{known}" for known in hints])
    for field in dataclasses.fields(kind):
        has_default = dataclasses.MISSING is not field.default or dataclasses.MISSING is not field.default_factory
        if not has_default and field.name not in value:
            raise UsageError(f"`{prefix}{field.name}` must be given. Got: {', '.join(value) or 'nothing'}.")
    return kind(**{key: from_plain(hints[key], one, f"{prefix}{key}") for key, one in value.items()})


def _schedule(value: Any, name: str) -> Schedule:
    if not isinstance(value, dict):
        raise _wrong(name, "names with values", value)
    kind = kind_of(value.get("kind", "phases" if "rows" in value else "progressive"))
    return _dataclass(kind, {key: one for key, one in value.items() if key != "kind"}, name)


def _one_of(kinds: tuple[Any, ...], value: Any, name: str) -> Any:
    if types.NoneType in kinds and (value is None or value in ("none", "None")):
        return None
    rest = [kind for kind in kinds if kind is not types.NoneType]
    if Ramp in rest:
        return _ramp(value, name) if isinstance(value, str) else _scalar(float, value, name)
    return from_plain(rest[0], value, name)


def _ramp(value: Any, name: str) -> Ramp:
    if isinstance(value, str):
        return parse_ramp(name, value)
    number = _scalar(float, value, name)
    return Ramp(number, number)


def _scalar(kind: type, value: Any, name: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _wrong(name, WORDS[kind], value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(name, WORDS[kind], value)
    return value


def _wrong(name: str, rule: str, value: Any) -> UsageError:
    return UsageError(f"`{name}` must be {rule}. Got: {value!r}.")


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {name: hints[name] for name in names_of(kind)}
