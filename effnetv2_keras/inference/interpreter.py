"""The runtime of TFLite files."""

from __future__ import annotations

import warnings
from typing import Any


def make_interpreter(content: bytes, num_threads: int | None = None, keeps_all: bool = False) -> Any:
    """Returns an interpreter for a TFLite file: LiteRT's where it is installed, else TensorFlow's own.

    Args:
        content: the file's bytes.
        num_threads: None for the runtime's choice.
        keeps_all: what is computed on the way can be read after a call, which takes memory.
    """
    options = {"num_threads": num_threads, "experimental_preserve_all_tensors": keeps_all}
    with warnings.catch_warnings():
        # TensorFlow's announces that LiteRT takes its place, LiteRT's that keeping all takes memory
        warnings.simplefilter("ignore")
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            import tensorflow as tf

            return tf.lite.Interpreter(model_content=content, **options)
        return Interpreter(model_content=content, **options)
