"""The runtime of TFLite files."""

from __future__ import annotations

import warnings
from typing import Any


def make_interpreter(content: bytes, num_threads: int | None = None) -> Any:
    """Returns an interpreter for a TFLite file: LiteRT's where it is installed, else TensorFlow's own."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it announces that LiteRT takes its place
            return tf.lite.Interpreter(model_content=content, num_threads=num_threads)
    return Interpreter(model_content=content, num_threads=num_threads)
