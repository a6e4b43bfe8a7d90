from ai_edge_litert import schema_py_generated as schema

from effnetv2_keras.inference.lite_contents import LiteContents, LiteTensor
from effnetv2_keras.inference.lite_gpu import KNOWN, gpu_notes


def contents(operations, dtype="float32", dynamic=(), values=("float32",)):
    ends = (LiteTensor("image", "image", dtype, (1, 8, 8, 3)),)
    counts = dict.fromkeys(operations, 1)
    return LiteContents(
        num_bytes=0, operations=counts, not_built_in=(), has_variables=False, dynamic=dynamic, inputs=ends,
        outputs=ends, signatures=(), values=dict.fromkeys(values, 1), weight_bytes={}, texts={},
    )  # fmt: skip


def test_every_name_is_one_of_an_operation():
    assert set(vars(schema.BuiltinOperator)) >= KNOWN


def test_what_our_networks_are_made_of_is_taken():
    ours = ("CONV_2D", "DEPTHWISE_CONV_2D", "LOGISTIC", "MUL", "ADD", "SUB", "MEAN", "FULLY_CONNECTED", "SOFTMAX")
    assert gpu_notes(contents((*ours, "HARD_SWISH", "RELU6", "QUANTIZE", "DEQUANTIZE", "PAD"))) == ()


def test_what_is_left_to_the_cpu_is_named():
    assert gpu_notes(contents(("ARG_MAX", "TOPK_V2"))) == ("leaves ARG_MAX, TOPK_V2 to the CPU: it does not know them",)
    assert "CAST from uint8" in gpu_notes(contents(("CAST",), dtype="uint8"))[0]
    assert gpu_notes(contents(("CAST",))) == ()
    assert "2 tensors" in gpu_notes(contents((), dynamic=("a", "b")))[0]
    assert "16-bit" in gpu_notes(contents((), values=("float32", "int16")))[0]
