"""The gRPC services of TF Serving.

Source: TF Serving, `prediction_service.proto`, `model_service.proto`, `prediction_service_impl.cc`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.admission import Admission
from effnetv2_keras.serving.calls import classify, predict, regress
from effnetv2_keras.serving.json_predict import DEFAULT_SIGNATURE
from effnetv2_keras.serving.metadata import metadata_message
from effnetv2_keras.serving.metrics import Metrics
from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.models_config import sources_of
from effnetv2_keras.serving.proto_tensors import examples_of, to_arrays, to_proto
from effnetv2_keras.serving.refusal import Refusal, invalid
from effnetv2_keras.serving.repository import Repository
from effnetv2_keras.serving.servable import Servable

LOG = logging.getLogger("effnetv2.serving")
CODES = {code.name: code for code in grpc.StatusCode}
METHODS = {"tensorflow/serving/classify": "classify", "tensorflow/serving/regress": "regress"}


class _Calls:
    """What both services share: places, leases, counters, and codes instead of exceptions."""

    def __init__(self, repository: Repository, admission: Admission, metrics: Metrics) -> None:
        self._repository, self._admission, self._metrics = repository, admission, metrics

    def _answer(self, name: str, model: str, context: Any, work: Callable[[], Any]) -> Any:
        """Returns what `work` returns, or ends the call with the code of what it raises."""
        begun, status = time.perf_counter(), "OK"
        is_in = False
        try:
            self._admission.enter("GRPC")
            is_in = True
            return work()
        except Refusal as refusal:
            status, message = refusal.code, refusal.short
        except Exception as error:
            LOG.exception("%s of %s", name, model)
            status, message = "INTERNAL", f"{type(error).__name__}: {error}"
        finally:
            if is_in:
                self._admission.leave("GRPC")
            known = model if model in self._repository.models else ""
            self._metrics.requests.add(1, known, status)
            self._metrics.latency.observe((time.perf_counter() - begun) * 1e6, known, name, "GRPC")
        return context.abort(CODES[status], message)

    @contextmanager
    def _lease(self, spec: Any) -> Iterator[Servable]:
        chosen = spec.WhichOneof("version_choice")
        version = spec.version.value if chosen == "version" else None
        with self._repository.lease(spec.name, version, spec.version_label if chosen == "version_label" else None) as s:
            yield s


class PredictionService(_Calls, prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict, Classify, Regress, MultiInference, GetModelMetadata."""

    def Predict(self, request: Any, context: Any) -> Any:
        """Answers a `PredictRequest`."""

        def work() -> Any:
            spec = request.model_spec
            with self._lease(spec) as servable:
                outputs = predict(servable, spec.signature_name, to_arrays(request.inputs), list(request.output_filter))
                answer = predict_pb2.PredictResponse()
                for name, value in outputs.items():
                    answer.outputs[name].CopyFrom(to_proto(value))
                _tell(answer.model_spec, servable, spec.signature_name)
                return answer

        return self._answer("Predict", request.model_spec.name, context, work)

    def Classify(self, request: Any, context: Any) -> Any:
        """Answers a `ClassificationRequest`."""
        return self._answer("Classify", request.model_spec.name, context, lambda: self._examples("classify", request))

    def Regress(self, request: Any, context: Any) -> Any:
        """Answers a `RegressionRequest`."""
        return self._answer("Regress", request.model_spec.name, context, lambda: self._examples("regress", request))

    def MultiInference(self, request: Any, context: Any) -> Any:
        """Answers a `MultiInferenceRequest`: several tasks on the same examples."""

        def work() -> Any:
            _check_tasks(request.tasks)
            with self._lease(request.tasks[0].model_spec) as servable:
                answer = inference_pb2.MultiInferenceResponse()
                examples = examples_of(request.input)
                for task in request.tasks:
                    signature = task.model_spec.signature_name
                    one = answer.results.add()
                    _tell(one.model_spec, servable, signature)
                    kind = METHODS[task.method_name]
                    message = one.classification_result if kind == "classify" else one.regression_result
                    _fill(message, servable, kind, signature, examples)
                return answer

        name = request.tasks[0].model_spec.name if request.tasks else ""
        return self._answer("MultiInference", name, context, work)

    def GetModelMetadata(self, request: Any, context: Any) -> Any:
        """Answers a `GetModelMetadataRequest`."""

        def work() -> Any:
            with self._lease(request.model_spec) as servable:
                return metadata_message(servable, list(request.metadata_field))

        return self._answer("GetModelMetadata", request.model_spec.name, context, work)

    def _examples(self, kind: str, request: Any) -> Any:
        spec = request.model_spec
        with self._lease(spec) as servable:
            made = (
                classification_pb2.ClassificationResponse if kind == "classify" else regression_pb2.RegressionResponse
            )
            answer = made()
            _fill(answer.result, servable, kind, spec.signature_name, examples_of(request.input))
            _tell(answer.model_spec, servable, spec.signature_name)
            return answer


class ModelService(_Calls, model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus and HandleReloadConfigRequest."""

    def __init__(
        self,
        repository: Repository,
        admission: Admission,
        metrics: Metrics,
        reload: Callable[[list[ModelSource]], None],
    ) -> None:
        super().__init__(repository, admission, metrics)
        self._reload = reload

    def GetModelStatus(self, request: Any, context: Any) -> Any:
        """Answers a `GetModelStatusRequest`."""

        def work() -> Any:
            spec = request.model_spec
            version = spec.version.value if spec.WhichOneof("version_choice") == "version" else None
            answer = get_model_status_pb2.GetModelStatusResponse()
            for one in self._repository.status(spec.name, version):
                told = answer.model_version_status.add(version=one.number, state=int(one.state))
                told.status.error_code, told.status.error_message = one.code_number, one.message
            return answer

        return self._answer("GetModelStatus", request.model_spec.name, context, work)

    def HandleReloadConfigRequest(self, request: Any, context: Any) -> Any:
        """Serves other models from now on; the error, where there is one, is in the answer."""
        answer = model_management_pb2.ReloadConfigResponse()
        try:
            self._reload(sources_of(request.config))
        except (Refusal, UsageError) as error:
            refusal = error if isinstance(error, Refusal) else invalid(str(error))
            answer.status.error_code, answer.status.error_message = refusal.number, refusal.short
        return answer


def _fill(message: Any, servable: Servable, kind: str, signature: str, examples: list[bytes]) -> None:
    if kind == "classify":
        for classes in classify(servable, signature, examples):
            one = message.classifications.add()
            for label, score in classes:
                one.classes.add(label=label, score=score)
    else:
        for value in regress(servable, signature, examples):
            message.regressions.add(value=value)


def _check_tasks(tasks: Any) -> None:
    if not tasks:
        raise invalid("Inference request must have at least one task")
    first = tasks[0].model_spec
    seen: set[str] = set()
    for task in tasks:
        spec = task.model_spec
        if not spec.name:
            raise invalid("Found ModelSpec with an empty model name")
        if spec.name != first.name or spec.version != first.version or spec.version_label != first.version_label:
            raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name and version")
        if task.method_name not in METHODS:
            raise Refusal("UNIMPLEMENTED", f"Unsupported signature method_name: {task.method_name}")
        if spec.signature_name in seen:
            raise invalid(f"Duplicate evaluation of signature: {spec.signature_name}")
        seen.add(spec.signature_name)


def _tell(spec: Any, servable: Servable, signature: str) -> None:
    spec.name, spec.signature_name = servable.name, signature or DEFAULT_SIGNATURE
    spec.version.value = servable.version
