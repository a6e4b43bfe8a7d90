"""Answers the requests in a version's warm-up file before any client's.

Source: TF Serving, `saved_model_warmup_util.cc`: at most 1000 records; one that fails keeps the version from being
served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from effnetv2_keras.export.warmup import FILE
from effnetv2_keras.serving.calls import classify, predict, regress
from effnetv2_keras.serving.proto_tensors import examples_of, to_arrays
from effnetv2_keras.serving.refusal import Refusal, invalid
from effnetv2_keras.serving.servable import Servable

MOST_RECORDS = 1000
AROUND = re.compile(r"^\{\{.*?\}\} | \[Op:.*")  # what TensorFlow puts around the message of an operation


def replay_warmup(servable: Servable, folder: Path) -> int:
    """Returns how many requests were answered; 0 where there is no file.

    Raises:
        Refusal: DATA_LOSS if it is no file of records, INVALID_ARGUMENT if it has too many, or what a request failed
            with.
    """
    path = folder / FILE
    if not path.is_file():
        return 0
    count = 0
    for count, record in enumerate(_records(path), start=1):
        if count > MOST_RECORDS:
            raise invalid(f"{path} must hold at most {MOST_RECORDS} requests. Got more.")
        _answer(servable, record)
    return count


def _records(path: Path) -> Iterator[bytes]:
    records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    while True:
        try:
            record = next(records, None)
        except tf.errors.OpError as error:
            what = AROUND.sub("", error.message)
            raise Refusal(
                "DATA_LOSS", f"{what}. Please verify your warmup data is in TFRecord format: {path}"
            ) from None
        if record is None:
            return
        yield record


def _answer(servable: Servable, record: bytes) -> None:
    log = prediction_log_pb2.PredictionLog()
    try:
        log.ParseFromString(record)
    except DecodeError:
        raise invalid("A warm-up request must be a PredictionLog. Got something else.") from None
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        request = log.predict_log.request
        predict(servable, request.model_spec.signature_name, to_arrays(request.inputs))
    elif kind in ("classify_log", "regress_log"):
        request = getattr(log, kind).request
        call = classify if kind == "classify_log" else regress
        call(servable, request.model_spec.signature_name, examples_of(request.input))
    else:
        raise Refusal("UNIMPLEMENTED", f"A warm-up request must be one of Predict, Classify or Regress. Got: {kind}.")
