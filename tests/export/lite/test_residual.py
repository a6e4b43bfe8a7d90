import keras
import pytest

from effnetv2_keras import ModelConfig, Stage, create_model
from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.lite.graph import LiteGraph
from effnetv2_keras.export.lite.residual import find_stretches
from effnetv2_keras.export.subject import make_subject


def graph_of(network):
    with converting(make_subject(network, None, 32), Ends()) as converter:
        return LiteGraph(converter.convert("float32"))


def blocks(graph, operations):
    """The last part but one of what convolutions are called: the unit."""
    return [graph.names[op.outputs[0]].split(";")[0].split("/")[2].removesuffix("_1") for op in operations]


def test_the_residual_stream_of_a_stage_goes_from_its_projections_to_the_next_expansion(graph):
    two, three = find_stretches(graph)
    assert blocks(graph, two.writers) == ["stage2_block1_project", "stage2_block2_project"]
    assert blocks(graph, two.readers) == ["stage2_block2_expand", "stage3_block1_expand"]
    assert len(two.tensors) == 3  # two projections and their sum
    assert blocks(graph, three.writers) == ["stage3_block1_project", "stage3_block2_project"]
    assert blocks(graph, three.readers)[0] == "stage3_block2_expand"
    assert len(three.readers) == 2  # and the head


def test_a_stream_that_an_activation_writes_is_none(graph):
    written = {op for stretch in find_stretches(graph) for op in stretch.writers}
    assert not [name for name in blocks(graph, written) if name.startswith("stage1")]


def test_padding_of_its_own_and_depthwise_readers_are_part_of_a_stretch():
    # fmt: off
    stages = (
        Stage("fused",  3, 2, 2, 16, 1),
        Stage("mbconv", 3, 2, 1, 16, 1),  # without expansion its depthwise convolution reads what was projected
    )
    # fmt: on
    config = ModelConfig("torch", stages=stages, stem=8, head=16, padding="torch")
    graph = graph_of(create_model(config, num_classes=3))
    first, _ = find_stretches(graph)
    assert [op.kind for op in first.readers] == ["DEPTHWISE_CONV_2D"]
    assert len(first.tensors) == 2  # as projected, and padded


@pytest.mark.parametrize("reads", ["sigmoid", "mean", "output"])
def test_what_else_reads_or_writes_ends_it(reads):
    images = keras.Input((32, 32, 3), name="images")
    x = keras.layers.Conv2D(8, 3, name="first")(images)
    y = keras.layers.Conv2D(8, 1, name="second")(x)
    if reads == "sigmoid":
        y = keras.layers.Multiply()([y, keras.layers.Activation("sigmoid")(x)])
    if reads == "mean":
        y = keras.layers.Multiply()([y, keras.layers.GlobalAveragePooling2D(keepdims=True)(x)])
    y = keras.layers.Conv2D(4, 3, name="third")(y)
    scores = keras.layers.Dense(3, name="logits")(keras.layers.GlobalAveragePooling2D()(y))
    found = find_stretches(graph_of(keras.Model(images, scores, name="plain")))
    # without a second reader both `first` and `second` begin a stretch; with one, neither does
    assert len(found) == (2 if reads == "output" else 0)
