"""What a server is started with; the names are those of TF Serving's flags where it has them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from effnetv2_keras.errors import UsageError
from effnetv2_keras.serving.batching import Batching
from effnetv2_keras.serving.model_source import ModelSource

LARGEST_PORT = 65535
MOST_THREADS = 256


def four_a_core() -> int:
    """Returns TF Serving's default number of threads."""
    return 4 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How models are served.

    Args:
        models: what is served; none where `model_config_file` says so.
        model_config_file: read at the start, and again every `model_config_file_poll_wait_seconds` (0 for never).
        host: address that is listened on; 127.0.0.1 for this machine alone.
        rest_api_port: 0 for one that is free, None for no REST API.
        port: the same for gRPC.
        grpc_socket_path: of a Unix socket that speaks gRPC too.
        batching: how requests are merged, None for not at all.
        metrics_path: of the counters for Prometheus, None for none.
        has_cors: pages of other servers may call.
        rest_api_num_threads: requests that REST works on side by side; more where they are merged.
        rest_api_timeout_in_ms: until a REST request has to be answered.
        file_system_poll_wait_seconds: between looks for new versions.
        max_num_load_retries: how often loading a version is tried again, `load_retry_interval_micros` apart.
        tensorflow_session_parallelism: threads that an operation may use; 0 for all.
        enable_model_warmup: answers a version's warm-up requests before it is served.
        max_body_bytes: of a request, before and after unpacking.
        max_requests_in_flight: answered at once; more get UNAVAILABLE.
        grace_seconds: for the requests that are being answered when the server stops.

    Raises:
        UsageError: for both or neither of `models` and `model_config_file`, a port above 65535, a `metrics_path` that
            does not begin with /, or a number below its least: 1 of threads, timeout, body and requests in flight, 0 of
            all others.
    """

    models: tuple[ModelSource, ...] = ()
    model_config_file: Path | None = None
    model_config_file_poll_wait_seconds: float = 0
    host: str = "127.0.0.1"
    rest_api_port: int | None = 8501
    port: int | None = 8500
    grpc_socket_path: Path | None = None
    batching: Batching | None = None
    metrics_path: str | None = None
    has_cors: bool = False
    rest_api_num_threads: int = field(default_factory=four_a_core)
    rest_api_timeout_in_ms: int = 30_000
    file_system_poll_wait_seconds: float = 1.0
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000
    tensorflow_session_parallelism: int = 0
    enable_model_warmup: bool = True
    max_body_bytes: int = 100 * 2**20
    max_requests_in_flight: int = 256
    grace_seconds: float = 30.0

    def __post_init__(self) -> None:
        if bool(self.models) == (self.model_config_file is not None):
            raise UsageError("Name either a model's folder or a file of models. Got: both or neither.")
        for name in ("rest_api_port", "port"):
            port = getattr(self, name)
            if port is not None and not 0 <= port <= LARGEST_PORT:
                raise UsageError(f"`{name}` must be between 0 and {LARGEST_PORT}. Got: {port}.")
        for name in ("rest_api_num_threads", "rest_api_timeout_in_ms", "max_body_bytes", "max_requests_in_flight"):
            if getattr(self, name) < 1:
                raise UsageError(f"`{name}` must be at least 1. Got: {getattr(self, name)}.")
        for name in (
            *("file_system_poll_wait_seconds", "model_config_file_poll_wait_seconds", "max_num_load_retries"),
            *("load_retry_interval_micros", "tensorflow_session_parallelism", "grace_seconds"),
        ):
            if getattr(self, name) < 0:
                raise UsageError(f"`{name}` must be at least 0. Got: {getattr(self, name)}.")
        if self.metrics_path is not None and not self.metrics_path.startswith("/"):
            raise UsageError(f"`path` of the counters must begin with /. Got: {self.metrics_path}.")

    @property
    def rest_threads(self) -> int:
        """Threads behind REST: enough to fill two batches where requests are merged."""
        wanted = 2 * self.batching.max_batch_size if self.batching else 0
        return min(max(self.rest_api_num_threads, wanted), max(MOST_THREADS, self.rest_api_num_threads))
