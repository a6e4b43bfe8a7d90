"""Reads `models.config`, TF Serving's file of several models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.model_source import ModelSource, VersionPolicy


def read_models_config(path: Path) -> list[ModelSource]:
    """Returns the models of a file.

    Raises:
        UsageError: if it is not there, or is no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file of models must be readable: {path}. Got: {error}.") from None
    config = model_server_config_pb2.ModelServerConfig()
    try:
        text_format.Parse(text, config)
    except text_format.ParseError as error:
        raise UsageError(f"Error parsing text-format tensorflow.serving.ModelServerConfig: {path}: {error}") from None
    return sources_of(config)


def sources_of(config: Any) -> list[ModelSource]:
    """Returns the models of a `ModelServerConfig`.

    Raises:
        UsageError: if one has no name or no folder, or two have the same name.
    """
    if config.WhichOneof("config") == "custom_model_config":
        raise UsageError("A file of models must hold a `model_config_list`. Got: `custom_model_config`.")
    sources = [_source(model) for model in config.model_config_list.config]
    check_names(source.name for source in sources)
    return sources


def check_names(names: Iterable[str]) -> None:
    """Refuses a name that is given twice.

    Raises:
        UsageError: if one is.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(f"Every model must have a name of its own. Got twice: {name}.")
        seen.add(name)


def _source(model: Any) -> ModelSource:
    if not model.name or not model.base_path:
        raise UsageError(f"A model must have a `name` and a `base_path`. Got: {model.name!r}, {model.base_path!r}.")
    if model.model_platform not in ("", "tensorflow"):
        raise UsageError(f"`model_platform` of {model.name} must be tensorflow. Got: {model.model_platform}.")
    policy, chosen = model.model_version_policy, model.model_version_policy.WhichOneof("policy_choice")
    versions = VersionPolicy()
    if chosen == "specific":
        if not policy.specific.versions:
            raise UsageError(f"`specific` of {model.name} must name at least one version. Got: none.")
        versions = VersionPolicy(specific=tuple(policy.specific.versions))
    elif chosen == "all":
        versions = VersionPolicy(is_all=True)
    elif chosen == "latest":
        versions = VersionPolicy(latest=max(policy.latest.num_versions, 1))
    return ModelSource(model.name, Path(model.base_path), versions, dict(model.version_labels))
