"""A `ModelConfig` in a YAML file, and back."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.configs.yaml_text import read_file_text
from effnetv2_keras.errors import UsageError, unknown_name


def load_config(path: str | os.PathLike[str]) -> ModelConfig:
    """Returns the network that a YAML file describes.

    A stage is a list in the order of `Stage`'s fields, or a mapping with their names.

    Raises:
        UsageError: if the file is missing, is no mapping of the known fields, or breaks a rule of a field.
    """
    import yaml

    text = read_file_text(path, "A model file")
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as reason:
        raise UsageError(f"A model file must be YAML. Got: {os.fspath(path)!r} ({reason}).") from reason
    try:
        return _config(content)
    except UsageError as reason:
        raise UsageError(f"{os.fspath(path)}: {reason}") from reason


def dump(config: ModelConfig) -> str:
    """Returns `config` as YAML text that `load_config` reads, one line a stage.

    Fields that have their default are left out.
    """
    import yaml

    plain = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if field.name != "stages" and getattr(config, field.name) != field.default
    }
    names = ", ".join(field.name for field in dataclasses.fields(Stage))
    rows = [
        yaml.safe_dump(list(dataclasses.astuple(stage)), default_flow_style=True).strip() for stage in config.stages
    ]
    lines = [
        yaml.safe_dump(plain, sort_keys=False).rstrip(),
        "stages:",
        f"  # {names}",
        *(f"  - {row}" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _config(content: object) -> ModelConfig:
    fields = _fields(content, ModelConfig, "A model file")
    for required in ("name", "stages"):
        if required not in fields:
            raise UsageError(f"A model file must have `{required}`. Got: {', '.join(fields) or 'nothing'}.")
    if not isinstance(fields["stages"], list):
        raise UsageError(f"`stages` must be a list of rows. Got: {fields['stages']!r}.")
    return ModelConfig(**{**fields, "stages": tuple(_stage(row) for row in fields["stages"])})


def _stage(row: object) -> Stage:
    names = [field.name for field in dataclasses.fields(Stage)]
    if isinstance(row, list):
        if not len(names) - 1 <= len(row) <= len(names):
            raise UsageError(f"A stage must be a list of {', '.join(names)} (the last may be missing). Got: {row!r}.")
        return Stage(*row)
    fields = _fields(row, Stage, "A stage")
    missing = [name for name in names[:-1] if name not in fields]
    if missing:
        raise UsageError(f"A stage must have {', '.join(names[:-1])}. Missing: {', '.join(missing)}.")
    return Stage(**fields)


def _fields(content: object, kind: type, what: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UsageError(f"{what} must be a mapping of names to values. Got: {content!r}.")
    known = [field.name for field in dataclasses.fields(kind)]
    for name in content:
        if name not in known:
            raise unknown_name("field", name, known)
    return content
