"""The verb `effnetv2 serve`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from effnetv2_keras.cli.quiet import load_tensorflow
from effnetv2_keras.errors import UsageError

if TYPE_CHECKING:
    from effnetv2_keras.serving.model_server import ModelServer

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
NOT_SERVED = -1  # a port that is not opened


SWITCHES = {"true": "", "1": "", "false": "no-", "0": "no-"}


class TFServingFlags(TyperCommand):
    """Takes flags as TF Serving does too: with underscores, and switches with `=true` and `=false`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the words of the command line."""
        switches = {name for one in self.params if getattr(one, "is_flag", False) for name in one.opts}
        return super().parse_args(ctx, [as_written_here(word, switches) for word in args])


def as_written_here(word: str, switches: set[str]) -> str:
    """Returns a word of the command line with the flag's name as it is here.

    >>> as_written_here("--rest_api_port=8501", set())
    '--rest-api-port=8501'
    >>> as_written_here("--enable_batching=false", {"--enable-batching"})
    '--no-enable-batching'
    """
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    name = name.replace("_", "-")
    if equals and name in switches and value.lower() in SWITCHES:
        return f"--{SWITCHES[value.lower()]}{name[2:]}"
    return name + equals + value


# fmt: off
Folder = Annotated[Path | None, typer.Option(
    "--model-base-path", help="Holds the versions, as `export` writes them.")]
Name = Annotated[str, typer.Option("--model-name", help="Of the model in requests.")]
RestPort = Annotated[int, typer.Option("--rest-api-port", help="0 for one that is free, -1 for no REST.")]
Port = Annotated[int, typer.Option("--port", help="For gRPC; 0 for one that is free, -1 for no gRPC.")]
Config = Annotated[Path | None, typer.Option(
    "--model-config-file", help="Several models, versions and labels, instead of one folder.")]
ConfigPoll = Annotated[float, typer.Option(
    "--model-config-file-poll-wait-seconds", help="Between looks at that file; 0 for never.")]
Socket = Annotated[Path | None, typer.Option("--grpc-socket-path", help="A Unix socket for gRPC.")]
Batching = Annotated[bool, typer.Option("--enable-batching/--no-enable-batching", help="Merges requests that wait.")]
BatchingFile = Annotated[Path | None, typer.Option("--batching-parameters-file", help="How they are merged.")]
Monitoring = Annotated[Path | None, typer.Option("--monitoring-config-file", help="Counters for Prometheus.")]
Cors = Annotated[bool, typer.Option(
    "--rest-api-enable-cors-support/--no-rest-api-enable-cors-support", help="Pages of others may call.")]
Host = Annotated[str, typer.Option(help="Address; 0.0.0.0 for all of this machine.")]
Threads = Annotated[int | None, typer.Option("--rest-api-num-threads", help="Default: 4 a core.")]
Timeout = Annotated[int, typer.Option("--rest-api-timeout-in-ms", help="For a REST request.")]
Poll = Annotated[float, typer.Option("--file-system-poll-wait-seconds", help="Between looks for versions.")]
Retries = Annotated[int, typer.Option("--max-num-load-retries", help="Of a version that fails to load.")]
Parallel = Annotated[int, typer.Option(
    "--tensorflow-session-parallelism", help="Threads of an operation; 0 for all cores.")]
WarmUp = Annotated[bool, typer.Option(
    "--enable-model-warmup/--no-enable-model-warmup", help="Answers a version's warm-up requests first.")]
Body = Annotated[int, typer.Option(help="Bytes of a request, unpacked.")]
InFlight = Annotated[int, typer.Option(help="Requests at once; more get 503 and UNAVAILABLE.")]
# fmt: on


def serve(
    model_base_path: Folder = None,
    model_name: Name = "default",
    rest_api_port: RestPort = 8501,
    port: Port = 8500,
    model_config_file: Config = None,
    model_config_file_poll_wait_seconds: ConfigPoll = 0,
    grpc_socket_path: Socket = None,
    enable_batching: Batching = False,
    batching_parameters_file: BatchingFile = None,
    monitoring_config_file: Monitoring = None,
    rest_api_enable_cors_support: Cors = False,
    host: Host = "127.0.0.1",
    rest_api_num_threads: Threads = None,
    rest_api_timeout_in_ms: Timeout = 30_000,
    file_system_poll_wait_seconds: Poll = 1.0,
    max_num_load_retries: Retries = 5,
    tensorflow_session_parallelism: Parallel = 0,
    enable_model_warmup: WarmUp = True,
    max_body_bytes: Body = 100 * 2**20,
    max_requests_in_flight: InFlight = 256,
) -> None:
    """Serve exported models over REST and gRPC, as TF Serving does and with its flags.

    A page to try a model is at the REST address. The flags may be written with underscores too.
    """
    if batching_parameters_file is not None and not enable_batching:
        raise UsageError("`--batching-parameters-file` needs `--enable-batching`. Got: the file alone.")
    if model_config_file_poll_wait_seconds and model_config_file is None:
        raise UsageError("`--model-config-file-poll-wait-seconds` needs `--model-config-file`. Got: none.")
    require_serving()
    load_tensorflow()
    from effnetv2_keras.serving.batching import Batching as HowToBatch
    from effnetv2_keras.serving.model_server import ModelServer
    from effnetv2_keras.serving.model_source import ModelSource
    from effnetv2_keras.serving.server_options import ServerOptions, four_a_core
    from effnetv2_keras.serving.text_config import read_batching, read_metrics_path

    batching = None
    if enable_batching:
        batching = HowToBatch() if batching_parameters_file is None else read_batching(batching_parameters_file)
    options = ServerOptions(
        models=() if model_base_path is None else (ModelSource(model_name, model_base_path),),
        model_config_file=model_config_file,
        model_config_file_poll_wait_seconds=model_config_file_poll_wait_seconds,
        host=host,
        rest_api_port=None if rest_api_port == NOT_SERVED else rest_api_port,
        port=None if port == NOT_SERVED else port,
        grpc_socket_path=grpc_socket_path,
        batching=batching,
        metrics_path=None if monitoring_config_file is None else read_metrics_path(monitoring_config_file),
        has_cors=rest_api_enable_cors_support,
        rest_api_num_threads=four_a_core() if rest_api_num_threads is None else rest_api_num_threads,
        rest_api_timeout_in_ms=rest_api_timeout_in_ms,
        file_system_poll_wait_seconds=file_system_poll_wait_seconds,
        max_num_load_retries=max_num_load_retries,
        tensorflow_session_parallelism=tensorflow_session_parallelism,
        enable_model_warmup=enable_model_warmup,
        max_body_bytes=max_body_bytes,
        max_requests_in_flight=max_requests_in_flight,
    )
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logging.getLogger("effnetv2.serving").setLevel(logging.INFO)
    serve_until_told(ModelServer(options))


def serve_until_told(server: ModelServer) -> None:
    """Serves until the process gets SIGINT or SIGTERM, then answers what it has begun."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in STOP_SIGNALS}
    try:
        with server:
            host = server.options.host
            if server.rest_port is not None:
                print(
                    f"REST at http://{host}:{server.rest_port}/v1/models, a page at http://{host}:{server.rest_port}/"
                )
            if server.grpc_port is not None:
                print(f"gRPC at {host}:{server.grpc_port}")
            sys.stdout.flush()
            while not told.wait(1):
                pass
            print("stopping", flush=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def require_serving() -> None:
    """Refuses to go on without the packages of the extra.

    Raises:
        UsageError: naming the one that is missing.
    """
    from importlib.util import find_spec

    for name in ("starlette", "uvicorn", "grpc", "tensorflow_serving"):
        if find_spec(name) is None:
            raise UsageError(f"Serving needs `pip install 'effnetv2_keras[serving]'`. Missing: {name}.")
