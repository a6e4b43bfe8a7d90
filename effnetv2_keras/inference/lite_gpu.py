"""What phones' GPU delegate is known to leave to the CPU. It was not run here: this is read from its sources.

Source: tensorflow/tensorflow, `lite/tools/versioning/gpu_compatibility.cc`, which the delegate asks about every
operation; ai.google.dev/edge/litert, "GPU delegates", for shapes.
"""

from __future__ import annotations

from effnetv2_keras.inference.lite_contents import LiteContents

NAMES = """
    ABS ADD ADD_N AVERAGE_POOL_2D BATCH_MATMUL CAST CONCATENATION CONV_2D COS CUMSUM DENSIFY DEPTHWISE_CONV_2D
    DEPTH_TO_SPACE DEQUANTIZE DIV ELU EQUAL EXP FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GELU GREATER
    GREATER_EQUAL HARD_SWISH LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGISTIC LSTM MAXIMUM MAX_POOL_2D MEAN
    MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL ONE_HOT PACK PAD PADV2 POW PRELU QUANTIZE REDUCE_MAX REDUCE_MIN REDUCE_PROD
    RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR RSQRT SELECT SELECT_V2 SIGN SIN SLICE
    SOFTMAX SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE STRIDED_SLICE SUB SUM TANH TILE TRANSPOSE
    TRANSPOSE_CONV
"""
KNOWN = frozenset(NAMES.split())


def gpu_notes(contents: LiteContents) -> tuple[str, ...]:
    """Returns a sentence for each thing in a file that the GPU delegate does not take."""
    notes = []
    unknown = [name for name in contents.operations if name not in KNOWN]
    if unknown:
        notes.append(
            f"leaves {', '.join(unknown)} to the CPU: it does not know {'it' if len(unknown) == 1 else 'them'}"
        )
    if contents.dynamic:
        notes.append(f"refuses shapes that may change: {len(contents.dynamic)} tensors have one")
    if contents.operations.get("CAST") and any(one.dtype == "uint8" for one in contents.inputs):
        notes.append("leaves the first step, CAST from uint8, to the CPU; export with --input float32 to avoid that")
    if "int16" in contents.values:
        notes.append("does not take 16-bit values: the file stays on the CPU")
    return tuple(notes)
