"""The server that people write by hand: FastAPI around `model.predict`. `serve_load.py` compares with it.

Command: python benchmarks/serve_by_hand.py MODEL.keras IMAGE_SIZE      (prints its port)
"""

from __future__ import annotations

import base64
import io
import os
import socket
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import uvicorn
from fastapi import FastAPI
from PIL import Image
from pydantic import BaseModel

import effnetv2_keras.models.create  # noqa: F401  its layers are in the file


class Picture(BaseModel):
    """A request."""

    image: str  # base64


def make_app(model: keras.Model, size: int) -> FastAPI:
    app = FastAPI()

    @app.post("/predict")
    async def predict(picture: Picture) -> dict:
        image = Image.open(io.BytesIO(base64.b64decode(picture.image))).convert("RGB").resize((size, size))
        scores = model.predict(np.asarray(image, "float32")[None], verbose=0)[0]
        best = np.argsort(-scores)[:5]
        return {"classes": best.tolist(), "scores": scores[best].tolist()}

    return app


def main() -> None:
    path, size = sys.argv[1], int(sys.argv[2])
    model = keras.saving.load_model(path, compile=False)
    model.predict(np.zeros((1, size, size, 3), "float32"), verbose=0)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(make_app(model, size), log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
