"""What a run was trained or measured with: versions, processor, devices. No names of computers, no paths."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from effnetv2_keras.version import __version__

PACKAGES = ("tensorflow", "keras", "numpy", "pillow")
CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16")
CPU_INFO = Path("/proc/cpuinfo")


def environment() -> dict[str, str]:
    """Returns what there is, by name; loads TensorFlow and Keras."""
    import keras
    import tensorflow as tf

    named = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    gpus = [details.get("device_name", "GPU") for details in named]
    return {
        "effnetv2_keras": __version__,
        **{name: version(name) or "not installed" for name in PACKAGES},
        "python": f"{platform.python_version()} ({sys.implementation.name})",
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": f"{cpu_name()}, {os.cpu_count()} cores",
        "cpu features": cpu_features(),
        "gpu": ", ".join(gpus) or "none",
        "keras backend": keras.backend.backend(),
        "float type": f"{keras.config.floatx()}, policy {keras.config.dtype_policy().name}",
    }


def version(name: str) -> str | None:
    """Returns the version of an installed package, None of one that is not."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def cpu_name() -> str:
    """Returns the processor's name as it gives it."""
    return _cpu_line("model name") or platform.processor() or "unknown"


def cpu_features() -> str:
    """Returns those features of the processor that make networks faster."""
    if not CPU_INFO.is_file():
        return platform.processor() or "unknown"
    flags = (_cpu_line("flags") or _cpu_line("Features") or "").split()
    return " ".join(name for name in CPU_FEATURES if name in flags) or "none of " + " ".join(CPU_FEATURES)


def _cpu_line(name: str) -> str | None:
    if not CPU_INFO.is_file():
        return None
    lines = CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)
