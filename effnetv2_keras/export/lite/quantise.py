"""Hybrid and int8 files from a float32 file, by Google's quantizer."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterable
from typing import Any

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.packing import with_weights_inside
from effnetv2_keras.export.lite.ranges import Ranges

EVERYTHING = ".*"
NOTHING = r"(?!)"
BITS = 8


def check_quantizer() -> None:
    """Refuses to begin where the quantizer is not installed.

    Raises:
        UsageError: that names what to install, and what works without.
    """
    try:
        import ai_edge_quantizer  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "Hybrid and int8 files need `pip install 'effnetv2_keras[tflite]'`; dynamic (`--precision dynamic`) is "
            f"made without it, slower and less exact. Got: {error}."
        ) from None


def to_hybrid(content: bytes) -> bytes:
    """Returns a file whose convolutions compute in int8 with ranges that each image decides.

    Depthwise convolutions, whose kernels are few bytes, keep computing in float32: in int8 they would be slower and
    less exact.
    """
    quantizer = _quantizer(content)
    _add_hybrid(quantizer, EVERYTHING)
    return _done(quantizer, None)


def to_int8(graph: LiteGraph, ranges: Ranges, hybrid: Iterable[str] = ()) -> bytes:
    """Returns a file that computes in int8 with ranges decided beforehand.

    The classifier is hybrid and what follows it float32: an int8 softmax has steps of 1/256, all zeros with a
    thousand classes.

    Args:
        graph: of a float32 file.
        ranges: of its tensors.
        hybrid: expressions for the names of tensors in blocks that are made hybrid, as in `block_scopes`.
    """
    from ai_edge_quantizer import qtyping

    kinds = qtyping.TFLOperationName
    quantizer = _quantizer(bytes(graph.content))
    quantizer.add_static_config(EVERYTHING, kinds.ALL_SUPPORTED, BITS, BITS)
    for kind in (kinds.INPUT, kinds.OUTPUT, kinds.SOFTMAX):
        _leave(quantizer, EVERYTHING, kind)
    quantizer.add_dynamic_config(_classifier(graph), kinds.FULLY_CONNECTED, BITS)
    _leave(quantizer, "StatefulPartitionedCall", kinds.LOGISTIC)  # the sigmoid of the classifier
    for scope in hybrid:
        _leave(quantizer, scope, kinds.ALL_SUPPORTED)
        _add_hybrid(quantizer, scope)
    return _done(quantizer, _values(graph, ranges))


def _quantizer(content: bytes) -> Any:
    from ai_edge_quantizer import quantizer

    return quantizer.Quantizer(content)


def _add_hybrid(quantizer: Any, scope: str) -> None:
    from ai_edge_quantizer import qtyping

    kinds = qtyping.TFLOperationName
    quantizer.add_dynamic_config(scope, kinds.CONV_2D, BITS)
    quantizer.add_dynamic_config(scope, kinds.FULLY_CONNECTED, BITS)
    quantizer.add_weight_only_config(scope, kinds.DEPTHWISE_CONV_2D, BITS)


def _leave(quantizer: Any, scope: str, kind: Any) -> None:
    from ai_edge_quantizer import quantizer as room

    quantizer.update_quantization_recipe(scope, kind, algorithm_key=room.AlgorithmName.NO_QUANTIZE)


def _classifier(graph: LiteGraph) -> str:
    """Returns an expression for the name of what the last dense layer gives."""
    dense = [op for op in graph.operations if op.kind == "FULLY_CONNECTED"]
    return re.escape(graph.names[dense[-1].outputs[0]]) if dense else NOTHING


def _values(graph: LiteGraph, ranges: Ranges) -> dict[str, dict[str, Any]]:
    """Returns the ranges by the tensors' names, each as one number."""
    return {
        graph.names[tensor]: {"min": low.min().reshape(1, 1), "max": ranges.high[tensor].max().reshape(1, 1)}
        for tensor, low in ranges.low.items()
    }


def _done(quantizer: Any, ranges: dict[str, dict[str, Any]] | None) -> bytes:
    # it shows a bar whatever it is told, and warns of memory
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
        done = quantizer.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    return with_weights_inside(bytes(done.quantized_model))
