"""Writes legacy_operations.txt: the operations that TensorFlow 2.15 knows, a line each with the names of its settings.

Command: make goldens-legacy        (Python 3.11: the environment of what people came from)
Cost:    ten seconds once it is installed. Last written with tensorflow 2.15.1.
"""

from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

PATH = Path(__file__).with_name("legacy_operations.txt")


def main() -> None:
    known = op_def_pb2.OpList.FromString(pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList()))
    lines = [" ".join([op.name, *sorted(setting.name for setting in op.attr)]) for op in known.op]
    PATH.write_text("\n".join([f"# tensorflow {tf.__version__}", *sorted(lines)]) + "\n")
    print(f"{PATH}: {len(lines)} operations")


if __name__ == "__main__":
    main()
