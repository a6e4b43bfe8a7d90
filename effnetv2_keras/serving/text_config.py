"""Reads TF Serving's files for batching and monitoring, whose messages no package has.

Source: TF Serving, `session_bundle_config.proto` (BatchingParameters) and `monitoring_config.proto`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.batching import Batching

FIELD = descriptor_pb2.FieldDescriptorProto
WRAPPED = ".google.protobuf."
# fmt: off
#   message              field                        number  type           of message             repeated
ROWS = (
    ("BatchingParameters", "max_batch_size",                1, FIELD.TYPE_MESSAGE, WRAPPED + "Int64Value",  False),
    ("BatchingParameters", "batch_timeout_micros",          2, FIELD.TYPE_MESSAGE, WRAPPED + "Int64Value",  False),
    ("BatchingParameters", "max_enqueued_batches",          3, FIELD.TYPE_MESSAGE, WRAPPED + "Int64Value",  False),
    ("BatchingParameters", "num_batch_threads",             4, FIELD.TYPE_MESSAGE, WRAPPED + "Int64Value",  False),
    ("BatchingParameters", "thread_pool_name",              5, FIELD.TYPE_MESSAGE, WRAPPED + "StringValue", False),
    ("BatchingParameters", "allowed_batch_sizes",           6, FIELD.TYPE_INT64,   None,                    True),
    ("BatchingParameters", "pad_variable_length_inputs",    7, FIELD.TYPE_BOOL,    None,                    False),
    ("PrometheusConfig",   "enable",                        1, FIELD.TYPE_BOOL,    None,                    False),
    ("PrometheusConfig",   "path",                          2, FIELD.TYPE_STRING,  None,                    False),
    ("MonitoringConfig",   "prometheus_config",             1, FIELD.TYPE_MESSAGE, ".effnetv2_serving.PrometheusConfig",
                                                                                                            False),
)
# fmt: on
DEFAULT_METRICS_PATH = "/monitoring/prometheus/metrics"


def read_batching(path: Path) -> Batching:
    """Returns what a batching file asks for; TF Serving's defaults where it says nothing.

    Raises:
        UsageError: if it is no such file, or breaks a rule of `Batching`.
    """
    message = _parse(path, "BatchingParameters")
    given = {
        name: getattr(message, name).value
        for name in ("max_batch_size", "batch_timeout_micros", "max_enqueued_batches", "num_batch_threads")
        if message.HasField(name)
    }
    return Batching(**given, allowed_batch_sizes=tuple(message.allowed_batch_sizes))


def read_metrics_path(path: Path) -> str | None:
    """Returns the path of the counters for Prometheus, None where the file leaves them off.

    Raises:
        UsageError: if it is no such file.
    """
    config = _parse(path, "MonitoringConfig").prometheus_config
    return (config.path or DEFAULT_METRICS_PATH) if config.enable else None


def _parse(path: Path, kind: str) -> Any:
    message = message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"effnetv2_serving.{kind}"))()
    try:
        return text_format.Parse(path.read_text(encoding="utf-8"), message)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The file must be readable: {path}. Got: {error}.") from None
    except text_format.ParseError as error:
        raise UsageError(f"Error parsing text-format tensorflow.serving.{kind}: {path}: {error}") from None


@cache
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="effnetv2_serving.proto",
        package="effnetv2_serving",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    messages: dict[str, Any] = {}
    for kind, name, number, of, type_name, is_repeated in ROWS:
        if kind not in messages:
            messages[kind] = file.message_type.add(name=kind)
        label = FIELD.LABEL_REPEATED if is_repeated else FIELD.LABEL_OPTIONAL
        messages[kind].field.add(name=name, number=number, type=of, type_name=type_name, label=label)
    pool.AddSerializedFile(file.SerializeToString())
    return pool
