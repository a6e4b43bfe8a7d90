"""A client's way to a server over gRPC, with the stubs of tensorflow-serving-api."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from effnetv2_keras.serving.json_predict import DEFAULT_SIGNATURE
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.retrying import Patience, ask_patiently

if TYPE_CHECKING:
    from effnetv2_keras.serving.client import Scored, Served

NO_LIMIT = -1  # of an answer; gRPC's own is 4 MiB


class GrpcLine:
    """One channel, which connects again by itself."""

    def __init__(self, address: str, served: Served, patience: Patience) -> None:
        self._channel = grpc.insecure_channel(address, [("grpc.max_receive_message_length", NO_LIMIT)])
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._served, self._patience = served, patience

    def classify(self, files: Sequence[bytes]) -> list[Scored]:
        """Returns labels and scores of each file of an image.

        Raises:
            Refusal: if the server refuses it, or does not answer in time.
        """
        outputs = self.predict(DEFAULT_SIGNATURE, {"image_bytes": np.array(files, np.object_)})
        if not {"classes", "scores"} <= set(outputs):
            raise Refusal("UNIMPLEMENTED", f"The model must give `classes` and `scores`. Got: {', '.join(outputs)}.")
        labels = [[label.decode() for label in row] for row in outputs["classes"].tolist()]
        return list(zip(labels, outputs["scores"].tolist(), strict=True))

    def predict(self, signature: str, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Calls any signature.

        Raises:
            Refusal: as `classify`.
        """
        request = predict_pb2.PredictRequest()
        spec = request.model_spec
        spec.name, spec.signature_name = self._served.model, signature
        if self._served.version is not None:
            spec.version.value = self._served.version
        if self._served.label is not None:
            spec.version_label = self._served.label
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value, shape=value.shape))
        answer = ask_patiently(lambda left: self._call(request, left), self._patience)
        return {name: tf.make_ndarray(tensor) for name, tensor in answer.outputs.items()}

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def _call(self, request: Any, left: float) -> Any:
        try:
            return self._stub.Predict(request, timeout=left)
        except grpc.RpcError as error:
            raise Refusal(error.code().name, error.details() or "") from None
