import keras
import numpy as np
import pytest
from keras import ops

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models.create import create_model
from effnetv2_keras.training.optimizers import RMSPropTF
from effnetv2_keras.training.weight_decay import L2


@pytest.fixture(scope="module")
def b0():
    return create_model("efficientnetv2-b0")


def test_in_v2_b0_every_kernel_is_decayed_and_nothing_else(b0):
    decayed = L2(1e-5).decayed(b0.trainable_variables)
    names = [variable.path.rsplit("/", 1)[-1] for variable in b0.trainable_variables]
    assert (names.count("kernel"), names.count("gamma"), names.count("beta"), names.count("bias")) == (92, 59, 59, 33)
    assert [variable.path.rsplit("/", 1)[-1] for variable in decayed] == ["kernel"] * 92
    # 7 139 704 trainable (facts 1.1) less gamma and beta 60 608, squeeze-excite biases 13 520, the head's 1000
    assert sum(int(np.prod(variable.shape)) for variable in decayed) == 7_064_576


def test_depthwise_kernels_are_among_them(b0):
    paths = [variable.path for variable in L2(1e-5).decayed(b0.trainable_variables)]
    assert len([path for path in paths if path.endswith("depthwise_conv/kernel")]) == 16  # 3 + 5 + 8 MBConv blocks


def test_decoupled_decay_leaves_out_the_same_variables(b0):
    optimizer = RMSPropTF(0.1, weight_decay=1e-5)
    decayed = [v.path for v in b0.trainable_variables if optimizer._use_weight_decay(v.value)]
    assert decayed == [variable.path for variable in L2(1e-5).decayed(b0.trainable_variables)]


def test_the_penalty_is_half_the_sum_of_squares():
    kernel, bias = keras.Variable([[3.0, -4.0]], name="kernel"), keras.Variable([7.0], name="bias")
    assert float(L2(0.1)([kernel, bias])) == pytest.approx(1.25)  # 0.1 * 25 / 2
    assert float(L2(0.1, exclude=())([kernel, bias])) == pytest.approx(3.7)  # 0.1 * 74 / 2
    assert float(L2(0.1)([bias])) == 0.0


def test_its_gradient_is_the_rate_times_the_weight():
    import tensorflow as tf

    kernel = keras.Variable([[3.0, -4.0]], name="kernel")
    with tf.GradientTape() as tape:
        penalty = L2(0.1)([kernel])
    assert ops.convert_to_numpy(tape.gradient(penalty, kernel.value)).tolist() == [
        [pytest.approx(0.3), pytest.approx(-0.4)]
    ]


def test_a_negative_rate_is_refused():
    with pytest.raises(UsageError, match="The rate of L2 must be at least 0. Got: -1."):
        L2(-1)
