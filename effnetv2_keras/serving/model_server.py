"""A server with its models, its two ports and the thread that looks for new versions."""

from __future__ import annotations

import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import uvicorn
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.serving.admission import Admission
from effnetv2_keras.serving.grpc_services import ModelService, PredictionService
from effnetv2_keras.serving.loading import VersionLoader
from effnetv2_keras.serving.metrics import Metrics
from effnetv2_keras.serving.model_source import ModelSource
from effnetv2_keras.serving.models_config import read_models_config
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.repository import Repository
from effnetv2_keras.serving.rest_app import RestApp, RestSettings
from effnetv2_keras.serving.server_options import ServerOptions

LOG = logging.getLogger("effnetv2.serving")
SPARE_THREADS = 8  # of gRPC, that refuse what is too much
STEP = 0.2  # s between looks at whether the server is to stop


class ModelServer:
    """Serves from the end of `start` to `stop`; or use it in a `with`.

    Args:
        options: how it serves.

    >>> with ModelServer(ServerOptions(models=(source,))) as server:    # doctest: +SKIP
    ...     print(server.rest_port)
    """

    def __init__(self, options: ServerOptions) -> None:
        self.options, self.metrics = options, Metrics()
        loader = VersionLoader(
            self.metrics,
            batching=options.batching,
            threads=options.tensorflow_session_parallelism,
            is_warmed_up=options.enable_model_warmup,
        )
        self.repository = Repository(
            loader, retries=options.max_num_load_retries, retry_seconds=options.load_retry_interval_micros / 1e6
        )
        self.admission = Admission(options.max_requests_in_flight, self.metrics)
        self.rest_port: int | None = None
        self.grpc_port: int | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._web: uvicorn.Server | None = None
        self._rest: RestApp | None = None
        self._grpc: Any = None
        self._config_read: bytes | None = None

    def __enter__(self) -> ModelServer:
        """Starts it."""
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stops it."""
        self.stop()

    def start(self) -> None:
        """Takes the ports, loads the models, then answers.

        Raises:
            UsageError: if a port is taken or the file of models is none.
            DataError: if a model has no version that can be served.
        """
        options = self.options
        sources = options.models
        self._config_read = self._config_text()  # before it is parsed: a change in between is seen by the next look
        if options.model_config_file is not None:
            sources = tuple(read_models_config(options.model_config_file))
        listener = None if options.rest_api_port is None else _listen(options.host, options.rest_api_port)
        try:
            self.repository.set_models(sources)
            self.repository.refresh()
            if options.model_config_file is None:
                self._check_loaded()
            self._warn_of_labels()
            self._start_grpc()
        except BaseException:
            if listener is not None:
                listener.close()
            self.repository.close()
            raise
        if listener is not None:
            self._start_rest(listener)
        self._run(self._poll, "poll")

    def stop(self) -> None:
        """Takes nothing new, answers what it has begun, and unloads."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        ended = None if self._grpc is None else self._grpc.stop(self.options.grace_seconds)
        if self._web is not None:
            self._web.should_exit = True
        for thread in self._threads:
            thread.join()
        if ended is not None:
            ended.wait()
        if self._rest is not None:
            self._rest.close()
        self.repository.close()

    def reload(self, sources: list[ModelSource]) -> None:
        """Serves other models.

        Raises:
            Refusal: FAILED_PRECONDITION if one has no version, or a label none that answers.
        """
        self.repository.set_models(sources)
        self.repository.refresh()
        if not self.repository.is_ready:
            raise Refusal("FAILED_PRECONDITION", "Not every model has a version that can be served.")
        if labels := self.repository.unready_labels():
            raise Refusal(
                "FAILED_PRECONDITION", f"Labels must name versions that are served. Got: {', '.join(labels)}."
            )

    def _check_loaded(self) -> None:
        for source in self.options.models:
            try:
                versions = self.repository.status(source.name)
            except Refusal:
                raise DataError(
                    f"{source.base_path} must hold a folder a version, named by its number. Got: none."
                ) from None
            if not self.repository.is_ready:
                raise DataError(f"{source.name} must have a version that can be served. Got: {versions[0].message}")

    def _warn_of_labels(self) -> None:
        for label in self.repository.unready_labels():
            LOG.warning("the label %s names a version that is not served", label)

    def _start_grpc(self) -> None:
        options = self.options
        if options.port is None and options.grpc_socket_path is None:
            return
        limits = [
            ("grpc.max_receive_message_length", options.max_body_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # a second server on the same port is an error
        ]
        threads = ThreadPoolExecutor(options.max_requests_in_flight + SPARE_THREADS, thread_name_prefix="grpc")
        server = grpc.server(threads, options=limits)
        shared = (self.repository, self.admission, self.metrics)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(PredictionService(*shared), server)
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(*shared, self.reload), server)
        try:
            if options.port is not None:
                self.grpc_port = server.add_insecure_port(f"{options.host}:{options.port}")
            if options.grpc_socket_path is not None:
                server.add_insecure_port(f"unix:{options.grpc_socket_path}")
        except RuntimeError:
            where = f"{options.host}:{options.port}" if self.grpc_port is None else str(options.grpc_socket_path)
            raise UsageError(f"The address for gRPC must be free. Got: {where}.") from None
        server.start()
        self._grpc = server

    def _start_rest(self, listener: socket.socket) -> None:
        options = self.options
        settings = RestSettings(
            threads=options.rest_threads,
            timeout_seconds=options.rest_api_timeout_in_ms / 1e3,
            most_bytes=options.max_body_bytes,
            metrics_path=options.metrics_path,
            has_cors=options.has_cors,
        )
        self._rest = RestApp(self.repository, self.admission, self.metrics, settings)
        config = uvicorn.Config(
            self._rest.asgi,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=max(1, round(options.grace_seconds)),
        )
        self._web = web = uvicorn.Server(config)
        self.rest_port = listener.getsockname()[1]
        thread = self._run(lambda: web.run(sockets=[listener]), "rest")
        while not web.started and thread.is_alive():
            time.sleep(0.01)

    def _run(self, work: Any, name: str) -> threading.Thread:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _poll(self) -> None:
        """Looks for new versions, and for other models in the file of models, until the server stops."""
        options = self.options
        next_look = next_file = time.monotonic()
        while not self._stopping.wait(min(STEP, options.file_system_poll_wait_seconds or STEP)):
            now = time.monotonic()
            try:
                if options.model_config_file_poll_wait_seconds and now >= next_file:
                    next_file = now + options.model_config_file_poll_wait_seconds
                    self._read_config_again()
                if options.file_system_poll_wait_seconds and now >= next_look:
                    next_look = now + options.file_system_poll_wait_seconds
                    self.repository.refresh()
            except Exception:  # the next look may find things in order
                LOG.exception("looking for new versions failed")

    def _config_text(self) -> bytes | None:
        try:
            return None if self.options.model_config_file is None else self.options.model_config_file.read_bytes()
        except OSError:
            return None

    def _read_config_again(self) -> None:
        """Serves what the file of models says, if that has changed."""
        text = self._config_text()
        if text is None or text == self._config_read:
            return
        self._config_read = text
        assert self.options.model_config_file is not None
        try:
            self.repository.set_models(read_models_config(self.options.model_config_file))
        except UsageError as error:
            LOG.error("the models stay as they are: %s", error)
            return
        self.repository.refresh()
        self._warn_of_labels()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise UsageError(f"The address for REST must be free. Got: {host}:{port}, {error.strerror}.") from None
    return listener
