"""What a person wants to know of a TFLite file before an app loads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.lite_contents import LiteContents, LiteTensor, read_lite_contents
from effnetv2_keras.inference.lite_gpu import gpu_notes
from effnetv2_keras.inference.lite_metadata import PREPROCESSING_FILE, read_description

SHOWN_LABELS = 5
NONE = "none"


def summarise(location: Path) -> dict[str, Any]:
    """Returns the findings by heading, as plain values.

    Raises:
        DataError: if there is no such file, or it is no TFLite file.
    """
    if not location.is_file():
        raise DataError(f"No such file: {location}.")
    content = location.read_bytes()
    try:
        seen = read_lite_contents(content)
    except DataError as error:
        raise DataError(f"{location}: {error}") from None
    about = read_description(content)
    found: dict[str, Any] = {
        "name": about.name if about else None,
        "description": about.description if about else None,
        "version": about.version if about else None,
        "bytes": seen.num_bytes,
        "weights": seen.weight_bytes,
        "inputs": [_end(one) for one in seen.inputs],
        "outputs": [_end(one) for one in seen.outputs],
        "signatures": list(seen.signatures) or NONE,
        "operations": seen.operations,
        "needs": _needs(seen) or "nothing but the operations that are built in",
        "classes": _labels(seen.labels),
        "preprocessing": seen.texts.get(PREPROCESSING_FILE, "not known").strip(),
        "GPU_delegate": list(gpu_notes(seen)) or "nothing known that it leaves to the CPU; not run",
        "parity": _parity(location),
    }
    return {name: value for name, value in found.items() if value is not None}


def _end(one: LiteTensor) -> str:
    shape = " x ".join("?" if side == -1 else str(side) for side in one.shape)
    scale = f", scale {one.scales[0]:.6g}, zero point {one.zero_points[0]}" if one.scales else ""
    return f"{one.argument or one.name}: {one.dtype} {shape}{scale}"


def _needs(seen: LiteContents) -> list[str]:
    needs = [f"{name}, which is not built in" for name in seen.not_built_in]
    if seen.has_variables:
        needs.append("variables, which are empty until somebody fills them")
    if seen.dynamic:
        needs.append(f"memory that is known only when it runs: {len(seen.dynamic)} shapes may change")
    return needs


def _labels(labels: tuple[str, ...] | None) -> str:
    if labels is None:
        return "no labels: MediaPipe answers with numbers"
    more = ", ..." if len(labels) > SHOWN_LABELS else ""
    return f"{len(labels)}: {', '.join(labels[:SHOWN_LABELS])}{more}"


def _parity(location: Path) -> dict[str, Any] | None:
    """Returns what its export measured of the file, where that lies beside it."""
    for beside in (location.with_suffix(".parity.json"), location.parent / "parity.json"):
        if beside.is_file():
            try:
                return json.loads(beside.read_text(encoding="utf-8"))
            except ValueError as error:
                raise DataError(f"{beside} must be JSON. Got: {error}.") from None
    return None
