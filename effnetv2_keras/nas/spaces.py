"""Search spaces by name, and from a YAML file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from effnetv2_keras.configs.registry import get_config, resolve_config
from effnetv2_keras.configs.schema import ModelConfig, Stage
from effnetv2_keras.errors import UsageError, unknown_name
from effnetv2_keras.nas.space import SearchSpace

# fmt: off
SMALL = ModelConfig(
    name="small", stem=16, head=256, eval_size=32, train_size=32, pixels="unit", source="for images of 32 px",
    stages=(
        #      operator kernel stride expand channels layers   se
        Stage("mbconv",   3,    1,     1,      16,      1,  0.25),
        Stage("mbconv",   3,    2,     4,      32,      2,  0.25),
        Stage("mbconv",   3,    2,     4,      64,      2,  0.25),
    ),
)

SPACES: dict[str, Callable[[], SearchSpace]] = {
    # name                backbone
    "efficientnetv2":     lambda: SearchSpace(get_config("efficientnet-b4")),   # the paper's
    "efficientnetv2-s":   lambda: SearchSpace(get_config("efficientnetv2-s")),  # the network it found is a point here
    "efficientnetv2-b0":  lambda: SearchSpace(get_config("efficientnetv2-b0")),
    "small":              lambda: SearchSpace(SMALL),
}
# fmt: on
FIELDS = ("backbone", "layers", "operators", "kernels", "expansions", "se")


def resolve_space(space: str | os.PathLike[str] | SearchSpace) -> SearchSpace:
    """Returns the space meant by a name, by the path of a YAML file, or by a space itself.

    A file has `backbone` (a model's name, or the path of a model file beside it) and what differs from the defaults of
    `SearchSpace`, such as `kernels: [3, 5, 7]`.

    Raises:
        UsageError: for an unknown name or field, or a broken rule.
    """
    if isinstance(space, SearchSpace):
        return space
    text = os.fspath(space)
    if not text.endswith((".yaml", ".yml")):
        if text not in SPACES:
            raise unknown_name("space", text, SPACES)
        return SPACES[text]()
    try:
        return _read(Path(text))
    except UsageError as reason:
        raise UsageError(f"{text}: {reason}") from reason


def _read(path: Path) -> SearchSpace:
    import yaml

    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as reason:
        raise UsageError(f"A space's file must be readable. Got: {reason.strerror}.") from reason
    except yaml.YAMLError as reason:
        raise UsageError(f"A space's file must be YAML. Got: {reason}.") from reason
    if not isinstance(content, dict) or "backbone" not in content:
        raise UsageError(f"A space's file must be a mapping with `backbone`. Got: {content!r}.")
    for name in content:
        if name not in FIELDS:
            raise unknown_name("field", name, FIELDS)
    backbone = str(content.pop("backbone"))
    beside = path.parent / backbone
    return SearchSpace(resolve_config(beside if beside.is_file() else backbone), **content)
