"""The page at `/`: drop an image, see what the model says and the request that asked for it."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from effnetv2_keras.serving.json_predict import DEFAULT_SIGNATURE
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.repository import Repository

HEADERS = {  # nothing is loaded from elsewhere, and no other page may frame this one
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src blob: data:; connect-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def page_routes(repository: Repository) -> list[Route]:
    """Returns the routes of the page and of what it has to know."""
    html = files("effnetv2_keras.serving").joinpath("page.html").read_text(encoding="utf-8")

    async def show(request: Request) -> Response:
        return HTMLResponse(html, headers=HEADERS)

    async def tell(request: Request) -> Response:
        return JSONResponse([_about(repository, name) for name in repository.models])

    return [Route("/", show, methods=["GET"]), Route("/page/models", tell, methods=["GET"])]


def _about(repository: Repository, name: str) -> dict:
    """Returns what the page shows of a model: which version answers and whether it takes image files."""
    try:
        with repository.lease(name) as servable:
            inputs = getattr(servable.signatures.get(DEFAULT_SIGNATURE), "inputs", {})
            return {"name": name, "version": servable.version, "takes_images": list(inputs) == ["image_bytes"]}
    except Refusal as refusal:
        return {"name": name, "version": None, "takes_images": False, "error": refusal.message}
