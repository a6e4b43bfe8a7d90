"""Tensors and examples in the messages of gRPC."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.serving.json_examples import Feature
from effnetv2_keras.serving.refusal import invalid

LARGEST_TENSOR = 2**28  # bytes: a message of a few bytes may stand for any number of equal elements


def to_arrays(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Returns `TensorProto`s as arrays.

    Raises:
        Refusal: INVALID_ARGUMENT for one that contradicts itself or is larger than 256 MiB.
    """
    return {name: to_array(name, tensor) for name, tensor in tensors.items()}


def to_array(name: str, tensor: Any) -> np.ndarray:
    """Returns a `TensorProto` as an array.

    Raises:
        Refusal: INVALID_ARGUMENT for one that contradicts itself or is larger than 256 MiB.
    """
    sides = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or any(side < 0 for side in sides):
        raise invalid(f"The shape of the tensor {name} must be known. Got: {sides}.")
    try:
        dtype = tf.as_dtype(tensor.dtype)
        size = math.prod(sides) * (8 if dtype == tf.string else dtype.size)
        if size > LARGEST_TENSOR:
            raise invalid(f"The tensor {name} must have at most {LARGEST_TENSOR} bytes. Got: {size}.")
        return np.asarray(tf.make_ndarray(tensor))
    except (TypeError, ValueError, KeyError) as error:
        raise invalid(f"The tensor {name} cannot be read: {error}") from None


def to_proto(array: np.ndarray) -> Any:
    """Returns an array as a `TensorProto`."""
    return tf.make_tensor_proto(array, shape=array.shape)


def examples_of(given: Any) -> list[bytes]:
    """Returns the serialised examples of an `Input`; features of its context are in every one.

    Raises:
        Refusal: INVALID_ARGUMENT where there is none.
    """
    kind = given.WhichOneof("kind")
    if kind == "example_list":
        examples = [example.SerializeToString() for example in given.example_list.examples]
    elif kind == "example_list_with_context":
        context = given.example_list_with_context.context
        examples = [_with_context(context, one) for one in given.example_list_with_context.examples]
    else:
        examples = []
    if not examples:
        raise invalid("Input is empty")
    return examples


def serialised(example: Mapping[str, Feature], context: Mapping[str, Feature] | None = None) -> bytes:
    """Returns features as a serialised `tf.train.Example`, with those of the context that it has not itself."""
    message = tf.train.Example()
    for name, (kind, values) in {**(context or {}), **example}.items():
        getattr(message.features.feature[name], kind).value.extend(values)
    return message.SerializeToString()


def _with_context(context: Any, example: Any) -> bytes:
    merged = tf.train.Example()
    merged.CopyFrom(context)
    for name, feature in example.features.feature.items():
        merged.features.feature[name].CopyFrom(feature)
    return merged.SerializeToString()
