"""Asks a server what is on pictures: TF Serving or this package's own, by the same calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.inference.answer import Answer, Photo
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.retrying import Patience

SCHEMES = ("http", "https", "grpc")
Scored = tuple[Sequence[str], Sequence[float]]  # labels and scores of an image, best first


@dataclass(frozen=True, slots=True)
class Served:
    """Which model of a server is asked.

    Args:
        model: its name.
        version: its number, None for the latest.
        label: or another name of the version.

    Raises:
        UsageError: if both a version and a label are given.
    """

    model: str = "default"
    version: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if self.version is not None and self.label is not None:
            raise UsageError(f"Name a version or a label. Got both: {self.version} and {self.label}.")

    @property
    def path(self) -> str:
        """Where it is in the REST API."""
        place = "" if self.version is None else f"/versions/{self.version}"
        place += "" if self.label is None else f"/labels/{quote(self.label, safe='')}"
        return f"/v1/models/{quote(self.model, safe='')}{place}"


class Line(Protocol):
    """A way to a server."""

    def classify(self, files: Sequence[bytes]) -> list[Scored]:
        """Returns labels and scores of each file of an image.

        Raises:
            Refusal: if the server refuses it, or does not answer in time.
        """
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class Client:
    """A predictor that is somewhere else; for one thread at a time.

    >>> with Client("http://localhost:8501", Served("photos")) as client:    # doctest: +SKIP
    ...     print(client.classify([Path("photo.jpg").read_bytes()]))

    Args:
        url: `http://HOST:PORT`, `https://HOST:PORT` or `grpc://HOST:PORT`.
        served: which model.
        patience: how long to try.

    Raises:
        UsageError: if `url` is none of these.
    """

    kind = "server"
    labels: tuple[str, ...] = ()  # the server knows them, and how large an image is to be
    image_size = 0

    def __init__(self, url: str, served: Served = Served(), patience: Patience = Patience()) -> None:  # noqa: B008
        scheme = urlsplit(url).scheme
        if scheme not in SCHEMES or not urlsplit(url).hostname:
            raise UsageError(f"The address of a server must begin with http://, https:// or grpc://. Got: {url}.")
        self.url, self.served = url, served
        self._line = _line(url, served, patience)

    def __enter__(self) -> Client:
        """Returns itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the connection."""
        self._line.close()

    def classify(self, files: Sequence[bytes]) -> list[Scored]:
        """Returns labels and scores of each image file, best first, in one request.

        Raises:
            Refusal: if the server refuses it, or does not answer in time.
        """
        return self._line.classify(files)

    def answer(self, photos: list[Photo], top: int) -> list[Answer]:
        """Returns an `Answer` a photo; what the server refuses among several is asked again one by one.

        Raises:
            DataError: if the server does not answer, or not as a classifier of images.
        """
        sound = [photo for photo in photos if photo.error is None]
        found = iter(self._ask(sound, top) if sound else [])
        return [Answer(photo.name, error=photo.error) if photo.error else next(found) for photo in photos]

    def _ask(self, photos: list[Photo], top: int) -> list[Answer]:
        try:
            scored = self._line.classify([photo.data for photo in photos])
        except Refusal as refusal:
            if refusal.code not in ("INVALID_ARGUMENT", "OUT_OF_RANGE"):
                raise DataError(f"{self.url} does not answer for {self.served.model}: {refusal.message}") from None
            if len(photos) == 1:
                return [Answer(photos[0].name, error=refusal.message)]
            return [answer for photo in photos for answer in self._ask([photo], top)]
        return [
            Answer(photo.name, tuple(labels[:top]), tuple(scores[:top]))
            for photo, (labels, scores) in zip(photos, scored, strict=True)
        ]


def _line(url: str, served: Served, patience: Patience) -> Line:
    if urlsplit(url).scheme == "grpc":
        from effnetv2_keras.serving.grpc_line import GrpcLine

        return GrpcLine(urlsplit(url).netloc, served, patience)
    from effnetv2_keras.serving.rest_line import RestLine

    return RestLine(url, served, patience)
