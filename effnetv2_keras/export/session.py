"""A SavedModel run the way TF Serving runs it: one session, fed and fetched by the names in its signatures."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from effnetv2_keras.export.save_quietly import log_level

TAG = "serve"


class ServedSession:
    """Opens the folder of one version; close it after use, or use it in a `with`.

    `tf.saved_model.load` would hide what this shows: names that are missing in the graph, and variables that are
    not restored.

    Args:
        folder: of the version.
        threads: that an operation may use; 0 for all.
    """

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self.graph = tf.Graph()
        config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        with self.graph.as_default(), log_level(logging.ERROR):  # it calls its own function deprecated
            self.session = tf.compat.v1.Session(config=config)
            self.meta = tf.compat.v1.saved_model.load(self.session, [TAG], str(folder))

    def __enter__(self) -> ServedSession:
        """Returns itself, open."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the session."""
        self.session.close()

    @property
    def signatures(self) -> dict[str, Any]:
        """The signatures by name, as protocol buffers; what the initialiser needs is none."""
        return {n: s for n, s in sorted(self.meta.signature_def.items()) if not n.startswith("__")}

    def run(self, signature: str, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Calls a signature with one value an input; returns its outputs."""
        definition = self.signatures[signature]
        feeds = {definition.inputs[name].name: value for name, value in inputs.items()}
        return self.session.run({name: info.name for name, info in definition.outputs.items()}, feeds)
