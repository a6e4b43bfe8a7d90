"""The REST API as a web application.

Source: TF Serving, `http_server.cc`: the type of a request's body is not looked at, bodies may be gzip, answers never
are, and `OPTIONS` is answered only with CORS switched on.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from effnetv2_keras.serving.admission import Admission
from effnetv2_keras.serving.json_answer import error_answer
from effnetv2_keras.serving.metrics import CONTENT_TYPE, Metrics
from effnetv2_keras.serving.page import page_routes
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.repository import Repository
from effnetv2_keras.serving.rest_answers import RestAnswers
from effnetv2_keras.serving.web_body import read_body, unpack

LOG = logging.getLogger("effnetv2.serving")
API = re.compile(r"/v1/.*", re.I)
ORIGIN = re.compile(r"https?://", re.I)
NAMES = {"predict": "Predict", "classify": "Classify", "regress": "Regress", "metadata": "GetModelMetadata"}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}


@dataclass(frozen=True, slots=True)
class RestSettings:
    """How the REST API answers.

    Args:
        threads: requests that are worked on side by side.
        timeout_seconds: until a request has to be answered.
        most_bytes: of a body, before and after unpacking.
        metrics_path: of the counters for Prometheus, or None.
        has_cors: pages of other servers may call.
    """

    threads: int = 8
    timeout_seconds: float = 30.0
    most_bytes: int = 100 * 2**20
    metrics_path: str | None = None
    has_cors: bool = False


class RestApp:
    """Holds the application and the threads behind it.

    Args:
        repository: has the models.
        admission: says no when there is too much to do.
        metrics: counts.
        settings: the rest.
    """

    def __init__(self, repository: Repository, admission: Admission, metrics: Metrics, settings: RestSettings) -> None:
        self._repository, self._admission, self._metrics, self._settings = repository, admission, metrics, settings
        self._answers = RestAnswers(repository)
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="rest")
        routes: list[BaseRoute] = [
            *page_routes(repository),
            Route("/healthz", self._live, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
        ]
        if settings.metrics_path:
            routes.append(Route(settings.metrics_path, self._count, methods=["GET"]))
        every = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
        routes.append(Route("/{path:path}", self._api, methods=every))
        self.asgi = Starlette(routes=routes)

    def close(self) -> None:
        """Waits for the threads."""
        self._threads.shutdown()

    async def _live(self, request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, request: Request) -> Response:
        is_ready = self._repository.is_ready
        return PlainTextResponse("ok\n" if is_ready else "loading\n", 200 if is_ready else 503)

    async def _count(self, request: Request) -> Response:
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    async def _api(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        if not API.fullmatch(path):
            return PlainTextResponse("Not Found\n", 404)
        if request.method == "OPTIONS" and self._settings.has_cors:
            is_browser = ORIGIN.match(request.headers.get("origin", "")) is not None
            return Response(status_code=200 if is_browser else 400, headers=CORS if is_browser else None)
        query = request.scope["query_string"].decode("latin-1")
        try:
            answer, status = await self._within_time(request, f"{path}?{query}" if query else path), 200
        except Refusal as refusal:
            answer, status = error_answer(refusal.message), refusal.http
        headers = {"Access-Control-Allow-Origin": "*"} if self._settings.has_cors else {}
        if status == 413:
            headers["Connection"] = "close"  # the rest of the body is not read
        return Response(answer, status, headers, "application/json")

    async def _within_time(self, request: Request, path: str) -> bytes:
        """Returns the answer; a request holds its place until its thread is done, also when nobody waits any more."""
        target = self._answers.target(request.method, path)
        self._admission.enter("REST")
        leave: Callable[..., None] = lambda *_: self._admission.leave("REST")  # noqa: E731
        work: Future[bytes] | None = None
        begun = time.perf_counter()
        status = "INTERNAL"
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                body = await read_body(request, self._settings.most_bytes)
                encoding = request.headers.get("content-encoding", "")
                work = self._threads.submit(
                    lambda: self._answers.answer(target, unpack(body, encoding, self._settings.most_bytes))
                )
                work.add_done_callback(leave)
                answer = await asyncio.shield(asyncio.wrap_future(work))
            status = "OK"
            return answer
        except TimeoutError:
            status = "DEADLINE_EXCEEDED"
            if work is not None:
                work.cancel()  # if it has not begun
            raise Refusal(
                status, f"The request was not answered within {self._settings.timeout_seconds:g} seconds."
            ) from None
        except ClientDisconnect:
            status = "CANCELLED"
            raise Refusal(status, "The client went away.") from None
        except Refusal as refusal:
            status = refusal.code
            raise
        except Exception as error:
            LOG.exception("%s", path)
            raise Refusal("INTERNAL", f"{type(error).__name__}: {error}") from None
        finally:
            if work is None:
                leave()
            known = target.model if target.model in self._repository.models else ""
            self._metrics.requests.add(1, known, status)
            name = NAMES.get(target.verb or "", "GetModelStatus")
            self._metrics.latency.observe((time.perf_counter() - begun) * 1e6, known, name, "REST")
