"""A file that TensorBoard reads, written without TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

VERSION = "brain.Event:2"


class EventFile:
    """Numbers over steps, as the scalars of TensorBoard.

    `tf.summary.scalar` is TensorBoard's own code and needs it installed; the format is TensorFlow's.

    Args:
        folder: of the file; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns() // 1000}.effnetv2"
        self._writer = tf.io.TFRecordWriter(str(folder / name))
        self._write(tf.compat.v1.Event(wall_time=time.time(), file_version=VERSION))

    def begin(self, step: int) -> None:
        """Tells a reader who looks on that what it has seen from `step` on is written anew."""
        start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
        self._write(tf.compat.v1.Event(wall_time=time.time(), step=step, session_log=start))

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Writes the values of a step."""
        summary = tf.compat.v1.Summary()
        for name, number in values.items():
            one = summary.value.add(tag=name, tensor=tf.make_tensor_proto(float(number), dtype=tf.float32))
            one.metadata.plugin_data.plugin_name = "scalars"
        self._write(tf.compat.v1.Event(wall_time=time.time(), step=step, summary=summary))
        self._writer.flush()

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()

    def _write(self, event: tf.compat.v1.Event) -> None:
        self._writer.write(event.SerializeToString())
