"""What each path of the REST API answers, without the web around it.

Source: TF Serving, `http_rest_api_handler.cc`. The body is read before the model is looked for, so that a body that is
no JSON is a 400 for an unknown model too.
"""

from __future__ import annotations

import json
from contextlib import ExitStack

from effnetv2_keras.serving.calls import classify, input_types, predict, regress
from effnetv2_keras.serving.json_answer import column_answer, row_answer
from effnetv2_keras.serving.json_examples import classify_answer, read_examples, regress_answer
from effnetv2_keras.serving.json_predict import read_predict
from effnetv2_keras.serving.metadata import metadata_json
from effnetv2_keras.serving.paths import Target, read_path
from effnetv2_keras.serving.proto_tensors import serialised
from effnetv2_keras.serving.refusal import invalid
from effnetv2_keras.serving.repository import Repository
from effnetv2_keras.serving.servable import Servable


class RestAnswers:
    """Answers requests from the models of a repository.

    Args:
        repository: has the models.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def target(self, method: str, path: str) -> Target:
        """Returns what a request is for.

        Args:
            method: GET or POST.
            path: as it was sent, with its query.

        Raises:
            Refusal: INVALID_ARGUMENT.
        """
        target = read_path(method, path)
        if target is None:
            raise invalid(f"Malformed request: {method} {path}")
        if not target.model:
            raise invalid("Missing model name in request.")
        return target

    def answer(self, target: Target, body: bytes) -> bytes:
        """Returns JSON.

        Raises:
            Refusal: for whatever is wrong with the request, or with the model.
        """
        if target.verb is None:
            versions = self._repository.status(target.model, target.version)
            return _text({"model_version_status": [version.told() for version in versions]})
        if target.verb == "metadata":
            with self._repository.lease(target.model, target.version, target.label) as servable:
                return metadata_json(servable)
        if target.verb == "predict":
            return self._predict(target, body)
        return self._examples(target, body)

    def _predict(self, target: Target, body: bytes) -> bytes:
        with ExitStack() as leases:
            held: list[Servable] = []

            def inputs_of(signature: str) -> dict[str, str]:
                held.append(leases.enter_context(self._repository.lease(target.model, target.version, target.label)))
                return input_types(held[0], signature)

            asked = read_predict(body, inputs_of)
            outputs = predict(held[0], asked.signature, asked.tensors)
        return row_answer(outputs) if asked.format == "row" else column_answer(outputs)

    def _examples(self, target: Target, body: bytes) -> bytes:
        asked = read_examples(body)
        examples = [serialised(example, asked.context) for example in asked.examples]
        with self._repository.lease(target.model, target.version, target.label) as servable:
            if target.verb == "classify":
                return classify_answer(classify(servable, asked.signature, examples))
            return regress_answer(regress(servable, asked.signature, examples))


def _text(value: object) -> bytes:
    return json.dumps(value).encode()
