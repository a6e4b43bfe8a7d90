"""The verb `effnetv2 doctor`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata

from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.errors import UsageError
from effnetv2_keras.runs.environment import cpu_features, version

CORE = ("tensorflow", "keras", "numpy", "rich", "typer", "pyyaml", "pillow", "matplotlib")


def doctor() -> None:
    """Print versions, devices and what is missing, for a bug report."""
    for name, value in findings():
        print(f"{name + ':':<22}{value}")


def findings() -> Iterator[tuple[str, str]]:
    """Yields what was found, name and value."""
    yield "effnetv2_keras", version("effnetv2_keras") or "not installed"
    yield "python", f"{platform.python_version()} ({sys.implementation.name})"
    yield "system", f"{platform.system()} {platform.machine()}"
    for name in CORE:
        yield name, version(name) or "MISSING"
    yield "cpu cores", str(os.cpu_count())
    yield "cpu features", cpu_features()
    for extra, needed in extras().items():
        missing = [name for name in needed if version(name) is None]
        yield f"extra [{extra}]", f"missing {', '.join(missing)}" if missing else "complete"
    yield from _tensorflow()


def extras() -> dict[str, list[str]]:
    """Returns the packages of each extra, from the installed metadata.

    Raises:
        UsageError: if the package is not installed.
    """
    try:
        lines = metadata.requires("effnetv2_keras") or []
    except metadata.PackageNotFoundError:
        raise UsageError(
            "effnetv2_keras must be installed for its extras to be known: pip install -e . Got: not installed."
        ) from None
    found: dict[str, list[str]] = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        if "extra ==" in marker:
            extra = marker.split("extra ==")[1].strip().strip("\"'")
            name = requirement.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip()
            if name != "effnetv2_keras":
                found.setdefault(extra, []).append(name)
    return found


def _tensorflow() -> Iterator[tuple[str, str]]:
    try:
        load_tensorflow()
        import keras
        import tensorflow as tf
    except ImportError as error:
        yield "devices", f"unknown: {error}"
        return
    yield "keras backend", keras.backend.backend()
    devices = tf.config.list_physical_devices()
    yield "devices", ", ".join(device.name.removeprefix("/physical_device:") for device in devices)
    yield "float type", f"{keras.config.floatx()}, policy {keras.config.dtype_policy().name}"
