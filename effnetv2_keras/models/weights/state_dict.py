"""PyTorch's weight files: which tensors are in them, read one at a time."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from effnetv2_keras.errors import DataError, UsageError

SAFETENSORS = (".safetensors",)
PICKLED = (".pth", ".pt", ".pth.tar", ".pt.tar", ".bin", ".ckpt")
AVERAGES = ("state_dict_ema", "model_ema")  # timm's train.py, torchvision's references
RAW = ("state_dict", "model", "model_state_dict")
PREFIXES = ("module.", "_orig_mod.", "model.")  # of DataParallel and averages, of torch.compile, of Lightning
COUNTERS = ("num_batches_tracked", "n_averaged")  # nothing that a network answers depends on them


@dataclass(frozen=True, slots=True)
class StateDict:
    """The tensors of a file under the names that their network gives them.

    Attributes:
        shapes: of every tensor but the counters, in PyTorch's layout.
        counters: names of the tensors that count batches.
        read: gives a tensor by name.
        architecture: what the file says it holds, such as timm's "arch"; empty where it says nothing.
        part: which of several sets of weights was taken, such as "state_dict_ema"; empty where there is one.
    """

    shapes: Mapping[str, tuple[int, ...]]
    counters: tuple[str, ...]
    read: Callable[[str], np.ndarray]
    architecture: str = ""
    part: str = ""


def open_state_dict(path: Path) -> StateDict | None:
    """Returns the tensors in a file of PyTorch, or None if its name ends like none.

    Raises:
        UsageError: if a library that reads it is not installed.
        DataError: if the file is damaged, or holds something else than tensors.
    """
    name = path.name.lower()
    if name.endswith(SAFETENSORS):
        return _open_safetensors(path)
    return _open_pickled(path) if name.endswith(PICKLED) else None


def stem_of(path: Path) -> str:
    """Returns the name of a file of PyTorch without its ending.

    >>> stem_of(Path("weights/tf_efficientnetv2_s.in1k.safetensors")), stem_of(Path("model_best.pth.tar"))
    ('tf_efficientnetv2_s.in1k', 'model_best')
    """
    endings = [ending for ending in (*SAFETENSORS, *PICKLED) if path.name.lower().endswith(ending)]
    return path.name[: len(path.name) - max(map(len, endings), default=0)]


def _open_safetensors(path: Path) -> StateDict:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise UsageError(
            f"{path} needs a library that is not installed (safetensors): pip install 'effnetv2_keras[weights]'."
        ) from error
    import ml_dtypes  # noqa: F401  gives NumPy its bfloat16

    try:
        with safe_open(path, framework="np") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise DataError(f"{path} must be a whole file of safetensors. Got: {error}.") from error

    def read(name: str) -> np.ndarray:
        with safe_open(path, framework="np") as file:
            return np.asarray(file.get_tensor(name))

    return _cleaned(shapes, read)


def _open_pickled(path: Path) -> StateDict:
    try:
        import torch
    except ImportError as error:
        raise UsageError(
            f"{path} is read by PyTorch, which is not installed: pip install torch. Or, where PyTorch is, write it as "
            f"safetensors, which needs none: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')."
        ) from error
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):  # the options of training scripts
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise DataError(
            f"{path} must hold tensors alone: anything else could run foreign code while it is read. Write it again "
            f"with torch.save(model.state_dict(), path). Got: {_first_line(error)}"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise DataError(f"{path} must be a whole file of PyTorch. Got: {_first_line(error)}") from error
    tensors, part = _weights_in(path, content)
    architecture = content.get("arch") if isinstance(content.get("arch"), str) else ""

    def read(name: str) -> np.ndarray:
        tensor = tensors[name]
        return np.asarray((tensor.float() if tensor.is_floating_point() else tensor).numpy())

    return _cleaned({name: tuple(one.shape) for name, one in tensors.items()}, read, architecture, part)


def _weights_in(path: Path, content: Any) -> tuple[dict[str, Any], str]:
    """Returns the tensors by name, of the average where there is one, and which part of the file they are."""
    for part in ("", *AVERAGES, *RAW):
        found = content.get(part) if part and isinstance(content, Mapping) else content
        if isinstance(found, Mapping) and found and all(hasattr(one, "is_floating_point") for one in found.values()):
            return dict(found), part
    kind = ", ".join(map(str, list(content)[:5])) if isinstance(content, Mapping) else type(content).__name__
    raise DataError(f"{path} must hold a state dict, alone or under {', '.join((*AVERAGES, *RAW))}. Got: {kind}.")


def _cleaned(
    shapes: dict[str, tuple[int, ...]], read: Callable[[str], np.ndarray], architecture: str = "", part: str = ""
) -> StateDict:
    """Returns the state dict without wrappers' prefixes, its counters apart."""
    counters = tuple(name for name in shapes if name.rpartition(".")[2] in COUNTERS)
    kept = [name for name in shapes if name not in set(counters)]
    prefix = _shared_prefix(kept)
    own = {name.removeprefix(prefix): name for name in kept}
    return StateDict(
        shapes={name: shapes[theirs] for name, theirs in own.items()},
        counters=counters,
        read=lambda name: read(own[name]),
        architecture=architecture,
        part=part,
    )


def _shared_prefix(names: Iterable[str]) -> str:
    """Returns the wrappers' prefixes that all names have.

    >>> _shared_prefix(["module.model.stem.weight", "module.model.head.bias"])
    'module.model.'
    """
    names = list(names)
    for prefix in PREFIXES:
        if names and all(name.startswith(prefix) for name in names):
            return prefix + _shared_prefix(name.removeprefix(prefix) for name in names)
    return ""


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
