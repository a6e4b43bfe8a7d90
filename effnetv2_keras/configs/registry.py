"""Networks by name."""

from __future__ import annotations

import os

from effnetv2_keras.configs import families, mobile, v1, v2
from effnetv2_keras.configs.files import load_config
from effnetv2_keras.configs.schema import ModelConfig
from effnetv2_keras.errors import unknown_name

CONFIGS: dict[str, ModelConfig] = {
    config.name: config for config in (*v2.MODELS, *v1.MODELS, *mobile.MODELS, *families.MODELS)
}


def list_configs() -> list[str]:
    """Returns the names of all networks, V2 first, small to large, then lite networks, other families last."""
    return list(CONFIGS)


def get_config(name: str) -> ModelConfig:
    """Returns the network called `name`.

    Raises:
        UsageError: with the nearest names, if there is none.

    >>> get_config("efficientnetv2-s").eval_size
    384
    """
    try:
        return CONFIGS[name]
    except (KeyError, TypeError):
        raise unknown_name("model", name, CONFIGS) from None


def resolve_config(model: str | os.PathLike[str] | ModelConfig) -> ModelConfig:
    """Returns the network meant by a name, by the path of a YAML file, or by a config itself.

    Raises:
        UsageError: for an unknown name, with the nearest, or a file that `load_config` refuses.
    """
    if isinstance(model, ModelConfig):
        return model
    text = os.fspath(model)
    return load_config(text) if text.endswith((".yaml", ".yml")) else get_config(text)
