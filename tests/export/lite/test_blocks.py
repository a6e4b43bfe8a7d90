import re

import pytest

from effnetv2_keras.export.lite.blocks import block_of, block_scopes, layer_of


def test_every_block_of_ours_is_found_by_the_names_of_its_tensors(graph, uneven):
    scopes = block_scopes(graph, [layer.name for layer in uneven.layers])
    assert list(scopes) == [
        "stem", "stage1_block1", "stage2_block1", "stage2_block2", "stage3_block1", "stage3_block2", "head",
    ]  # fmt: skip
    weighted = [op for op in graph.operations if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    found = [
        [block for block, scope in scopes.items() if re.search(scope, graph.names[op.outputs[0]])] for op in weighted
    ]
    assert all(len(blocks) == 1 for blocks in found)
    assert {blocks[0] for blocks in found} == set(scopes)


def test_a_block_that_begins_like_another_is_not_that_one(graph):
    scopes = block_scopes(graph, ["stem", "stage2_block1", "stage2_block10"])
    assert not re.search(scopes["stage2_block1"], "b_1/stage2_block10_1/add;")


@pytest.mark.parametrize(
    ("layer", "block"),
    [
        ("block5b_se_reduce", "block5b"),
        ("block_12_project", "block_12"),
        ("conv4_block2_1_conv", "conv4_block2"),
        ("stage2_block1", "stage2_block1"),
        ("top_conv", "top_conv"),
        ("blocked", "blocked"),
    ],
)
def test_layers_of_keras_applications_belong_to_their_blocks(layer, block):
    assert block_of(layer) == block


def test_a_name_that_tells_no_layer_belongs_nowhere():
    assert layer_of("PartitionedCall:0", {"stem"}) is None
    assert layer_of("net_1/stem_2/Sigmoid", {"stem"}) == "stem"
    assert layer_of("net/block_1/add", {"block_1"}) == "block_1"
