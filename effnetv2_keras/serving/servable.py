"""One loaded version of a model, called through its signatures."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2

from effnetv2_keras.export.session import ServedSession
from effnetv2_keras.serving.refusal import NAMES, Refusal, invalid

Tensors = Mapping[str, np.ndarray]
WHERE_IN_GRAPH = re.compile(r"\{\{function_node [^}]*\}\} ?|\n\t ?\[\[.*", re.DOTALL)


class Servable(Protocol):
    """What answers requests: a `LoadedVersion`, or one that merges requests in front of it.

    Attributes:
        name: of the model.
        version: its number.
        signatures: `SignatureDef` by name.
    """

    name: str
    version: int
    signatures: Mapping[str, Any]

    def run(self, signature: str, inputs: Tensors) -> dict[str, np.ndarray]:
        """Calls a signature with all of its inputs; returns its outputs.

        Raises:
            Refusal: if it cannot be called, or fails.
        """
        ...

    def close(self) -> None:
        """Gives its memory back; nobody may call it any more."""
        ...


class LoadedVersion:
    """A SavedModel in a session, the way TF Serving holds it.

    Args:
        name: of the model.
        version: its number.
        folder: of the version.
        threads: that an operation may use; 0 for all.

    Raises:
        Refusal: if it cannot be loaded.
    """

    def __init__(self, name: str, version: int, folder: Path, threads: int = 0) -> None:
        self.name, self.version, self.folder = name, version, folder
        try:
            self._session = ServedSession(folder, threads=threads)
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            code = NAMES.get(getattr(error, "error_code", None) or 5, "UNKNOWN")
            raise Refusal(code, f"{folder} must hold a SavedModel with the tag `serve`. Got: {error}") from None
        self.signatures: Mapping[str, Any] = self._session.signatures
        self._calls: dict[str, Callable[..., list]] = {}
        self._lock = threading.Lock()

    def run(self, signature: str, inputs: Tensors) -> dict[str, np.ndarray]:
        """Calls a signature with all of its inputs; returns its outputs.

        Raises:
            Refusal: with the code and the message of the operation that failed.
        """
        call = self._call(signature)
        definition = self.signatures[signature]
        try:
            values = call(*(inputs[name] for name in sorted(definition.inputs)))
        except tf.errors.OpError as error:
            raise Refusal(NAMES.get(error.error_code, "UNKNOWN"), readable(error.message)) from None
        except (TypeError, ValueError) as error:  # an array that is no tensor
            raise invalid(str(error)) from None
        return dict(zip(sorted(definition.outputs), values, strict=True))

    def close(self) -> None:
        """Closes the session."""
        self._calls.clear()
        self._session.session.close()

    def _call(self, signature: str) -> Callable[..., list]:
        """Returns a signature as a function of its inputs, in the order of their names.

        `Session.run` would hold values against the shapes that placeholders once had, which TF Serving does not, and
        look the names up again for each request.
        """
        with self._lock:
            if signature not in self._calls:
                definition = self.signatures[signature]
                options = config_pb2.CallableOptions(
                    feed=[definition.inputs[name].name for name in sorted(definition.inputs)],
                    fetch=[definition.outputs[name].name for name in sorted(definition.outputs)],
                )
                self._calls[signature] = self._session.session._make_callable_from_options(options)
            return self._calls[signature]


def readable(message: str) -> str:
    """Returns the message of an operation without where in the graph it stood.

    >>> readable("{{function_node __inference_read_1}} It is empty.")
    'It is empty.'
    """
    return WHERE_IN_GRAPH.sub("", message)
