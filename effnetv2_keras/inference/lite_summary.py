"""What a person wants to know of a TFLite file before an app loads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.lite_contents import LiteContents, LiteTensor, read_lite_contents
from effnetv2_keras.inference.lite_gpu import gpu_notes
from effnetv2_keras.inference.lite_metadata import PREPROCESSING_FILE, read_description

SHOWN_LABELS = 5
PARITY_FILE = "parity.json"
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
        "parity": _parity(location, seen.texts),
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


def _parity(location: Path, texts: Mapping[str, str]) -> dict[str, Any] | None:
    """Returns what its export measured of the file: from beside it, where the time of a call is too, else from it."""
    beside = location.with_suffix(f".{PARITY_FILE}")
    text = beside.read_text(encoding="utf-8") if beside.is_file() else texts.get(PARITY_FILE)
    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise DataError(f"{beside} must be JSON. Got: {error}.") from None


def parity_lines(parity: Mapping[str, Any]) -> list[str]:
    """Returns the findings of an export as sentences.

    >>> parity_lines({"sets": [{"name": "plain", "num_images": 8, "agreement": 1.0, "mean_logit_error": 0.02}]})
    ['plain: the best class of the Keras model on 100.0 % of 8 images, logits off by 0.02 on average']
    """
    lines = []
    for one in parity.get("sets", ()):
        right = ""
        if one.get("top1") is not None:
            right = f", top-1 {one['top1']:.1%} (Keras {one['keras_top1']:.1%})".replace("%", " %")
        lines.append(
            f"{one['name']}: the best class of the Keras model on {100 * one['agreement']:.1f} % of "
            f"{one['num_images']} images, logits off by {one['mean_logit_error']:.3g} on average{right}"
        )
    if parity.get("latency_ratio") is not None:
        lines.append(f"a call took {parity['latency_ratio']:.2f} of the float32 file's time where it was exported")
    if parity.get("hybrid_blocks"):
        lines.append(f"computed as in a hybrid file: {', '.join(parity['hybrid_blocks'])}")
    if parity.get("warning"):
        lines.append(f"warning: {parity['warning']}")
    return lines
