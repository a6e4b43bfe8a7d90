import keras
import numpy as np

from effnetv2_keras.layers.mbconv import MBConv


def test_a_block_that_keeps_its_shape_has_a_shortcut(block, maps):
    layer = MBConv(block("mbconv", se=0.25))
    x = maps(2, 9, 7, 8)
    layer(x)
    layer.units["project"].norm.gamma.assign(np.zeros(8))
    np.testing.assert_allclose(layer(x), x, atol=1e-6)


def test_a_stride_leaves_no_shortcut(block, maps):
    layer = MBConv(block("mbconv", stride=2))
    layer(maps(1, 8, 8, 8))
    layer.units["project"].norm.gamma.assign(np.zeros(8))
    assert not np.any(layer(maps(1, 8, 8, 8)))


def test_other_channels_leave_no_shortcut(block):
    assert MBConv(block("mbconv", channels=16)).stochastic_depth is None


def test_expansion_one_needs_no_expansion(block):
    assert list(MBConv(block("mbconv", expand=1)).units) == ["depthwise", "project"]


def test_the_shape_is_known_beforehand(block, maps):
    layer = MBConv(block("mbconv", channels=16, stride=2, kernel=5))
    assert layer.compute_output_shape((None, 33, None, 8)) == (None, 17, None, 16)
    assert layer(maps(1, 33, 20, 8)).shape == (1, 17, 10, 16)


def test_stochastic_depth_drops_whole_images_and_scales_the_rest(block, maps):
    layer = MBConv(block("mbconv", drop_path=0.5))
    layer.stochastic_depth.position = 1.0
    x = maps(64, 4, 4, 8)
    branch = np.asarray(layer(x, training=True)) - x
    dropped = np.all(branch == 0, axis=(1, 2, 3))
    assert 16 < dropped.sum() < 48


def test_get_config_builds_it_again(block, maps):
    layer = MBConv(block("mbconv", se=0.25, padding="torch"))
    again = MBConv.from_config(layer.get_config())
    assert again.spec == layer.spec
    assert again.name == layer.name == "stage1_block1"
    x = maps(1, 8, 8, 8)
    again(x), layer(x)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), layer(x))


def test_folded_it_has_biases_and_no_normalisation(block, maps):
    layer = MBConv(block("mbconv", se=0.25), is_folded=True)
    layer(maps(1, 8, 8, 8))
    assert [unit.norm for unit in layer.units.values()] == [None, None, None]
    assert sum("bias" in weight.path for weight in layer.weights) == 5


def test_gradients_reach_every_weight(block, maps):
    layer = MBConv(block("mbconv", se=0.25))
    inputs = keras.Input((8, 8, 8))
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    before = [weight.numpy() for weight in layer.trainable_weights]
    model.fit(maps(4, 8, 8, 8), maps(4, 8, 8, 8) + 1, verbose=0)
    moved = [np.any(weight.numpy() != old) for weight, old in zip(layer.trainable_weights, before, strict=True)]
    assert all(moved)
