"""Recipes in YAML files, and single settings changed by their dotted names."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from typing import Any

from effnetv2_keras.configs.plain import from_plain, kind_of, names_of, to_plain
from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.recipe import Recipe
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.schedule import ProgressiveSchedule, Schedule
from effnetv2_keras.configs.yaml_text import read_file_text, read_yaml_text, write_yaml_text
from effnetv2_keras.errors import UsageError, unknown_name

BASE = "laptop"  # what a file that names no `base` starts from


def dump_recipe(recipe: Recipe) -> str:
    """Returns `recipe` as YAML text that `load_recipe` reads; the schedule's table stands in comments at its end."""
    table = "".join(f"# {line}\n" for line in str(recipe.schedule).splitlines())
    return f"{write_yaml_text(to_plain(recipe))}\n{table}"


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Returns the recipe that a YAML file describes.

    The file changes the recipe named by its `base` (`laptop` where there is none), so it need not say everything.

    Raises:
        UsageError: if the file is missing or no YAML, for an unknown name or a value of another type.
    """
    where = os.fspath(path)
    text = read_file_text(path, "A recipe file")
    try:
        content = read_yaml_text(text, "A recipe file")
        if not isinstance(content, dict):
            raise UsageError(f"A recipe file must hold names with values. Got: {content!r}.")
        if "base" not in content and set(names_of(Recipe)) <= set(content):
            return from_plain(Recipe, content)  # complete: it stands on nothing, not even on its network's file
        base = content.pop("base", BASE)
        model = content.get("model") if base == BASE else None
        return _changed(get_recipe(str(base), None if model is None else str(model)), content)
    except UsageError as reason:
        raise UsageError(f"{where}: {reason}") from None


def resolve_recipe(name_or_file: str, model: str | None = None) -> Recipe:
    """Returns the recipe meant by a name or by the path of a YAML file; `model` takes the place of its network.

    Raises:
        UsageError: for an unknown name, a combination that was not published, or a file that `load_recipe` refuses.
    """
    if name_or_file.endswith((".yaml", ".yml")):
        recipe = load_recipe(name_or_file)
        return recipe if model is None else recipe.replace(model=model)
    return get_recipe(name_or_file, model)


def override(recipe: Recipe, changes: Iterable[str]) -> Recipe:
    """Returns `recipe` with settings changed, each written like "schedule.image_size=128:224".

    Raises:
        UsageError: for an unknown name, with the nearest; for a value of another type; for text without "=".

    >>> override(get_recipe("laptop"), ["schedule.epochs=5", "optimizer.weight_decay=1e-4"]).schedule.epochs
    5
    """
    content: dict[str, Any] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise UsageError(f"`--set` must be NAME=VALUE, like schedule.epochs=20. Got: {change!r}.")
        put(content, name.strip(), read_yaml_text(text, f"`{name}`"))
    return change_recipe(recipe, content)


def change_recipe(recipe: Recipe, content: dict[str, Any]) -> Recipe:
    """Returns `recipe` with the settings in `content`, nested as in a YAML file.

    Raises:
        UsageError: for an unknown name, with the nearest; for a value of another type or out of its range.
    """
    return _changed(recipe, content) if content else recipe


def put(content: dict[str, Any], name: str, value: Any) -> None:
    """Sets the dotted `name` in nested `content`.

    Raises:
        UsageError: if a part of the name but the last is set to a value already.
    """
    *path, last = name.split(".")
    for step in path:
        content = content.setdefault(step, {})
        if not isinstance(content, dict):
            raise UsageError(f"`{name}` must be a setting within a group. Got: `{step}`, set to a value before.")
    content[last] = value


def flat(recipe: Recipe) -> dict[str, Any]:
    """Returns every setting by its dotted name."""
    return _flat(to_plain(recipe), "")


def _changed(recipe: Recipe, content: dict[str, Any]) -> Recipe:
    changed = to_plain(recipe)
    if isinstance(content.get("schedule"), dict):
        changed["schedule"] = _as_kind(changed["schedule"], content["schedule"])
    _merge(changed, content, "", list(dict.fromkeys([*changed, *_flat(changed, "")])))
    result: Recipe = from_plain(Recipe, changed)
    _check_rise(result.schedule)
    return result


def _check_rise(schedule: Schedule) -> None:
    """Refuses sizes that should rise within a single phase."""
    if not isinstance(schedule, ProgressiveSchedule) or schedule.num_phases > 1:
        return
    sizes = schedule.image_size
    if isinstance(sizes, Ramp) and sizes.first != sizes.last:
        raise UsageError(f"`schedule.num_phases` must be above 1 where `schedule.image_size` is {sizes}. Got: 1.")


def _merge(into: dict[str, Any], content: dict[str, Any], prefix: str, known: list[str]) -> None:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if key not in into:
            raise unknown_name("setting", name, known)
        if isinstance(into[key], dict):
            if not isinstance(value, dict):
                settings = ", ".join(f"{name}.{inner}" for inner in into[key])
                raise UsageError(f"`{name}` holds several settings: {settings}. Got: {value!r}.")
            _merge(into[key], value, f"{name}.", known)
        else:
            into[key] = value


def _as_kind(schedule: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Returns `schedule` as the kind that `content` asks for; settings that this kind has not are left out."""
    kind = content.get("kind", "phases" if "rows" in content else schedule["kind"])
    if kind == schedule["kind"]:
        return schedule
    names = names_of(kind_of(kind))
    defaults = {
        field.name: to_plain(field.default)
        for field in dataclasses.fields(kind_of(kind))  # type: ignore[arg-type]
        if field.default is not dataclasses.MISSING
    }
    kept = {name: schedule[name] for name in names if name in schedule}
    return {"kind": kind, **dict.fromkeys(names), **defaults, **kept}


def _flat(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found
