"""Where the faster kernels are faster."""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.ops import control_flow_util


def runs_fast_kernels() -> bool:
    """Tells whether what is being traced runs on CPUs alone, and not inside a function that XLA compiles.

    XLA fuses the stock operations by itself, and an accelerator has not been measured.
    """
    if tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"):
        return False
    return not control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())
