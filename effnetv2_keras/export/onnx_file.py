"""Writes an ONNX file: pixels in, probabilities out, weights inside."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from effnetv2_keras.configs.preprocessing import DEFAULT
from effnetv2_keras.data.resize import read_view
from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.deploy import deploy
from effnetv2_keras.export.exported import Exported
from effnetv2_keras.export.parity import UNTRAINED, Parity, check_photos, compare
from effnetv2_keras.export.subject import Subject, as_evaluated, make_subject, sample_images
from effnetv2_keras.files.atomic import write_whole

OPSET = 18  # of the operations; ONNX Runtime 1.14 and OpenVINO 2023.0 know it
TOLERANCE = 1e-4  # of a probability
LARGEST = 2_000_000_000  # bytes of a file: one message


def export_onnx(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    labels: Sequence[str] | None = None,
    image_size: int | None = None,
    preprocessing: str = DEFAULT,
    check_on: Sequence[str | os.PathLike] = (),
) -> Exported:
    """Writes an ONNX file that maps `images` (B, S, S, 3) float32 in [0, 255] to `probabilities` (B, K) float32.

    Batch normalisation is folded, the weights are initialisers; normalisation and softmax are inside. Labels, size and
    preprocessing are in the file's metadata as `labels` (a JSON list), `image_size` and `preprocessing`. The file is
    run in ONNX Runtime and compared with `model` before it gets its name.

    Args:
        model: a `Classifier`, with the moving average of its weights if it has one, or a network; gives logits, a
            softmax or a sigmoid.
        path: the file to write.
        labels: a name a class, in order; None for "0", "1" and so on.
        image_size: S, px, at least 32; None is the size of the last validation, else of the last phase, else the
            model's own.
        preprocessing: which part of a photo is seen, as in `make_dataset`.
        check_on: photos to compare on; none for a portrait in four formats.

    Returns:
        An `Exported`.

    Raises:
        UsageError: if a setting breaks a rule, or the packages of the extra `[onnx]` are missing.
        RuntimeError: if the written file strays from `model` by more than 1e-4.
    """
    check_installed()
    subject = make_subject(model, labels, image_size, preprocessing)
    photos = check_photos([Path(one) for one in check_on])
    seen: list[Parity] = []

    def write(aside: Path) -> None:
        aside.write_bytes(_convert(subject))
        seen.append(_check(subject, aside, photos))

    with as_evaluated(model):
        write_whole(Path(path), write)
    return Exported(Path(path), Path(path).stat().st_size, subject.image_size, seen[0].max_abs_error, seen[0])


def _convert(subject: Subject) -> bytes:
    import tf2onnx

    deployed = deploy(subject, "float32", fold_bn=True, freeze=False, has_features=False)
    if sum(variable.shape.num_elements() * 4 for variable in deployed.variables) > LARGEST:
        raise UsageError(
            f"An ONNX file holds at most {LARGEST / 1e9:.0f} GB of weights. Got more: {subject.network!r}."
        )
    shape = [None, subject.image_size, subject.image_size, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="images")], autograph=False)
    def score(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": deployed.score(images)[0]}

    signature = [tf.TensorSpec(shape, tf.float32, name="images")]
    proto, _ = tf2onnx.convert.from_function(score, input_signature=signature, opset=OPSET)
    for tensor in (*proto.graph.input, *proto.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    about = {
        "labels": json.dumps(list(subject.labels), ensure_ascii=False),
        "image_size": str(subject.image_size),
        "preprocessing": subject.preprocessing,
    }
    for key, value in about.items():
        proto.metadata_props.add(key=key, value=value)
    return proto.SerializeToString()


def _check(subject: Subject, path: Path, photos: Sequence[bytes]) -> Parity:
    session = open_session(path)
    views = [read_view(tf.constant(photo), subject.image_size, subject.view).numpy() for photo in photos]
    images = np.concatenate([np.stack(views), sample_images(subject.image_size)]).astype(np.float32)
    expected = [subject.probabilities(tf.constant(image[None])).numpy() for image in images]
    got = [session.run(["probabilities"], {"images": image[None]})[0] for image in images]
    parity = compare(np.concatenate(got), np.concatenate(expected), subject.head)
    if not parity.max_abs_error <= TOLERANCE:
        raise RuntimeError(f"An ONNX file must agree within {TOLERANCE}. Got: {parity.max_abs_error}. {UNTRAINED}")
    return parity


def open_session(path: Path, threads: int = 0) -> Any:
    """Opens a file in ONNX Runtime on the CPU; 0 threads are as many as there are cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_installed() -> None:
    """Refuses to begin where what writes and checks an ONNX file is not installed.

    Raises:
        UsageError: that names what to install.
    """
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise UsageError(f"An ONNX file needs `pip install 'effnetv2_keras[onnx]'`. Got: {error}.") from None
