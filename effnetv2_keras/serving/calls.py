"""Predict, Classify and Regress, whichever way they came in.

Source: TF Serving, `predict_util.cc`, `classifier.cc`, `regressor.cc`. Method names of signatures are not looked at, as
`--enable_signature_method_name_check=false` has it: TensorFlow 2 writes the same one for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.serving.json_answer import dtype_name
from effnetv2_keras.serving.json_predict import DEFAULT_SIGNATURE
from effnetv2_keras.serving.refusal import Refusal, invalid
from effnetv2_keras.serving.servable import Servable, Tensors

Classes = list[tuple[bytes, float]]  # labels and scores of one example


def predict(
    servable: Servable, signature: str, inputs: Tensors, output_filter: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Calls a signature; returns the outputs in `output_filter`, all of them where that is empty.

    Raises:
        Refusal: FAILED_PRECONDITION for an unknown signature, INVALID_ARGUMENT for inputs that it does not take.
    """
    name = signature or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise Refusal("FAILED_PRECONDITION", f'Serving signature key "{name}" not found.')
    definition = servable.signatures[name]
    _check_inputs(definition.inputs, inputs)
    _check_filter(definition.outputs, output_filter)
    outputs = servable.run(name, inputs)
    return {alias: outputs[alias] for alias in output_filter} if output_filter else outputs


def input_types(servable: Servable, signature: str) -> dict[str, str]:
    """Returns TensorFlow's name of the type of each input.

    Raises:
        Refusal: INVALID_ARGUMENT for an unknown signature: REST says it in other words than gRPC.
    """
    if signature not in servable.signatures:
        raise invalid(f'Serving signature name: "{signature}" not found in signature def')
    return {name: _type_name(info.dtype) for name, info in servable.signatures[signature].inputs.items()}


def classify(servable: Servable, signature: str, examples: Sequence[bytes]) -> list[Classes]:
    """Returns labels and scores of each serialised `tf.train.Example`; labels are "" where there are only scores.

    Raises:
        Refusal: if there is no example, or the signature is not one of a classifier.
    """
    definition, name = _examples_signature(servable, signature, "classification", examples)
    check_classifier(definition.outputs)
    return classes_of(servable.run(name, _example_tensor(examples)), len(examples))


def regress(servable: Servable, signature: str, examples: Sequence[bytes]) -> list[float]:
    """Returns a number for each serialised `tf.train.Example`.

    Raises:
        Refusal: if there is no example, or the signature is not one of a regression.
    """
    definition, name = _examples_signature(servable, signature, "regression", examples)
    if list(definition.outputs) != ["outputs"]:
        raise Refusal("FAILED_PRECONDITION", f"No regression outputs found in SignatureDef: {name}")
    values = servable.run(name, _example_tensor(examples))["outputs"]
    if values.dtype != np.float32:
        raise invalid(f"Expected output Tensor of DT_FLOAT. Got: {dtype_name(values)}")
    if values.ndim not in (1, 2) or values.shape[1:] not in ((), (1,)):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {list(values.shape)}"
        )
    _check_batch("output", values, len(examples))
    return values.reshape(-1).tolist()


def check_classifier(outputs: Mapping[str, Any]) -> None:
    """Refuses a signature whose outputs are not `classes`, `scores` or both.

    Raises:
        Refusal: INVALID_ARGUMENT for another number of outputs, FAILED_PRECONDITION for other names.
    """
    if len(outputs) not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {len(outputs)}")
    if not set(outputs) <= {"classes", "scores"}:
        raise Refusal(
            "FAILED_PRECONDITION", f"Expected classification outputs `classes` and `scores`. Got: {sorted(outputs)}"
        )


def classes_of(outputs: Tensors, count: int) -> list[Classes]:
    """Returns labels and scores of `count` examples.

    Args:
        outputs: `classes` (B, K) string, `scores` (B, K) float32, or one of them; 0 is the score where there is none.
        count: B.

    Raises:
        Refusal: INVALID_ARGUMENT for any other type or shape.
    """
    if not count:
        raise invalid("Input is empty")
    classes, scores = outputs.get("classes"), outputs.get("scores")
    for name, tensor, wanted in (("classes", classes, "string"), ("scores", scores, "float")):
        if tensor is None:
            continue
        if dtype_name(tensor) != wanted:
            raise invalid(f"Expected {name} Tensor of DT_{wanted.upper()}. Got: {dtype_name(tensor)}")
        if tensor.ndim != 2:
            raise invalid(f"Expected {name} Tensor shape: [batch_size num_classes]; got {list(tensor.shape)}")
        _check_batch(name, tensor, count)
    if classes is None:
        if scores is None:
            raise invalid("Expected `classes` or `scores`. Got: neither")
        classes = np.full(scores.shape, b"", np.object_)
    if scores is None:
        scores = np.zeros(classes.shape, np.float32)
    if classes.shape != scores.shape:
        raise invalid("Tensors class and score should match in number of classes per example")
    return [list(zip(*row, strict=True)) for row in zip(classes.tolist(), scores.tolist(), strict=True)]


def _check_inputs(known: Mapping[str, Any], inputs: Tensors) -> None:
    if set(known) != set(inputs):
        extra, missing = sorted(set(inputs) - set(known)), sorted(set(known) - set(inputs))
        if len(inputs) == len(known):
            raise invalid(
                f"input tensor alias not found in signature: {extra[0]}. "
                f"Inputs expected to be in the set {{{','.join(sorted(known))}}}."
            )
        raise invalid(
            f"input size does not match signature: {len(inputs)}!={len(known)} "
            f"Sent extra: {{{','.join(extra)}}}. Missing but required: {{{','.join(missing)}}}."
        )
    for name, value in inputs.items():
        wanted, got = _type_name(known[name].dtype), dtype_name(value)
        if wanted != got:
            raise invalid(f"input tensor {name} must be of type {wanted}. Got: {got}")


def _check_filter(known: Mapping[str, Any], output_filter: Sequence[str]) -> None:
    seen: set[str] = set()
    for alias in output_filter:
        if alias not in known:
            raise invalid(
                f"output tensor alias not found in signature: {alias} "
                f"Outputs expected to be in the set {{{','.join(sorted(known))}}}."
            )
        if alias in seen:
            raise invalid(f"duplicate output tensor alias: {alias}")
        seen.add(alias)


def _examples_signature(servable: Servable, signature: str, task: str, examples: Sequence[bytes]) -> tuple[Any, str]:
    name = signature or DEFAULT_SIGNATURE
    if name not in servable.signatures:
        raise invalid(f"No signature was found with the name: {name}")
    definition = servable.signatures[name]
    if len(definition.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if "inputs" not in definition.inputs:
        raise Refusal("FAILED_PRECONDITION", f"No {task} inputs found in SignatureDef: {name}")
    if not examples:
        raise invalid("Input is empty")
    if _type_name(definition.inputs["inputs"].dtype) != "string":
        raise invalid(
            f"input tensor inputs of {name} must take serialised examples. Got: a signature for other tensors"
        )
    return definition, name


def _check_batch(name: str, tensor: np.ndarray, count: int) -> None:
    if len(tensor) != count:
        raise invalid(f"Expected {name} output batch size of {count}. Got: {len(tensor)}")


def _example_tensor(examples: Sequence[bytes]) -> dict[str, np.ndarray]:
    tensor = np.empty(len(examples), np.object_)
    tensor[:] = examples
    return {"inputs": tensor}


def _type_name(number: int) -> str:
    name = tf.as_dtype(number).name
    return {"float32": "float", "float64": "double", "float16": "half"}.get(name, name)
