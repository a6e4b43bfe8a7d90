import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from effnetv2_keras.configs.optimizer import OptimizerSpec
from effnetv2_keras.training.lamb import Lamb
from effnetv2_keras.training.optimizers import SGD, AdamW, compile_options, make_optimizer
from effnetv2_keras.training.rmsprop import RMSPropTF

RNG = np.random.default_rng(0)
KERNEL, BIAS = RNG.normal(0, 1, (3, 4)), RNG.normal(0, 1, 4)
GRADIENTS = [(RNG.normal(0, 1, (3, 4)), RNG.normal(0, 0.1, 4)) for _ in range(50)]
PLAIN = {"weight_decay": 0.0, "clip_norm_per_variable": 0.0, "global_clip_norm": 0.0}


def run(optimizer, gradients=GRADIENTS):
    """Takes a step a pair of gradients; returns kernel and bias after each."""
    kernel = keras.Variable(KERNEL.astype("float32"), name="kernel")
    bias = keras.Variable(BIAS.astype("float32"), name="bias")
    way = []
    for pair in gradients:
        optimizer.apply([ops.convert_to_tensor(g.astype("float32")) for g in pair], [kernel, bias])
        way.append((ops.convert_to_numpy(kernel.value).copy(), ops.convert_to_numpy(bias.value).copy()))
    return way


def assert_same_way(way, reference, tolerance=2e-6):
    for (kernel, bias), (kernel_there, bias_there) in zip(way, reference, strict=True):
        assert np.abs(kernel - kernel_there).max() < tolerance
        assert np.abs(bias - bias_there).max() < tolerance


def one_by_one(step):
    """Walks kernel and bias through `step(weight, gradient, state, number, is_kernel)` in float64."""
    weights, states, way = [KERNEL.copy(), BIAS.copy()], [{}, {}], []
    for number, pair in enumerate(GRADIENTS, 1):
        weights = [step(w, g, s, number, w.ndim == 2) for w, g, s in zip(weights, pair, states, strict=True)]
        way.append(tuple(weights))
    return way


def test_rmsprop_equals_a_recomputation_over_50_steps():
    def step(weight, gradient, state, number, is_kernel):
        square = 0.9 * state.get("square", 1.0) + 0.1 * gradient**2
        momentum = 0.9 * state.get("momentum", 0.0) + 0.01 * gradient / np.sqrt(square + 1e-3)
        state.update(square=square, momentum=momentum)
        return weight - momentum

    assert_same_way(run(RMSPropTF(0.01)), one_by_one(step), tolerance=1e-5)


def test_rmsprop_equals_tensorflow_1s_over_50_steps():
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = [
            tf.compat.v1.get_variable(n, initializer=v.astype("float32"))
            for n, v in zip("kb", (KERNEL, BIAS), strict=True)
        ]
        fed = [tf.compat.v1.placeholder(tf.float32, v.shape) for v in variables]
        optimizer = tf.compat.v1.train.RMSPropOptimizer(0.01, decay=0.9, momentum=0.9, epsilon=1e-3)
        train = optimizer.apply_gradients(zip(fed, variables, strict=True))
        session.run(tf.compat.v1.global_variables_initializer())
        reference = []
        for pair in GRADIENTS:
            session.run(train, dict(zip(fed, pair, strict=True)))
            reference.append(session.run(variables))
    assert_same_way(run(RMSPropTF(0.01)), reference)


def test_the_first_step_of_rmsprop_is_small_since_its_slots_start_at_ones():
    variable = keras.Variable([1.0], name="kernel")
    RMSPropTF(0.01).apply([ops.convert_to_tensor([0.1])], [variable])
    # 0.01 * 0.1 / sqrt(0.9 * 1 + 0.1 * 0.01 + 0.001) = 0.0010530...
    assert float(variable.value[0]) == pytest.approx(1 - 0.00105300, abs=1e-7)


def test_rmsprop_built_inside_a_compiled_step_starts_at_ones_too():
    optimizer, variable = RMSPropTF(0.01), keras.Variable([1.0], name="kernel")
    tf.function(lambda: optimizer.apply([tf.constant([0.1])], [variable]))()
    assert float(variable.value[0]) == pytest.approx(1 - 0.00105300, abs=1e-7)


def test_adamw_equals_a_recomputation_and_leaves_biases_undecayed():
    def step(weight, gradient, state, number, is_kernel):
        mean = 0.8 * state.get("mean", 0.0) + 0.2 * gradient
        square = 0.95 * state.get("square", 0.0) + 0.05 * gradient**2
        state.update(mean=mean, square=square)
        weight = weight * (1 - 0.01 * 0.3) if is_kernel else weight
        return weight - 0.01 * mean / (1 - 0.8**number) / (np.sqrt(square / (1 - 0.95**number)) + 1e-6)

    spec = OptimizerSpec("adamw", momentum=0.8, decay=0.95, epsilon=1e-6, weight_decay=0.3)
    assert_same_way(run(make_optimizer(spec, 0.01)), one_by_one(step), tolerance=1e-5)


def test_lamb_equals_algorithm_2_of_its_paper():
    def step(weight, gradient, state, number, is_kernel):
        mean = 0.9 * state.get("mean", 0.0) + 0.1 * gradient
        square = 0.99 * state.get("square", 0.0) + 0.01 * gradient**2
        state.update(mean=mean, square=square)
        update = mean / (1 - 0.9**number) / (np.sqrt(square / (1 - 0.99**number)) + 1e-6)
        if not is_kernel:
            return weight - 0.01 * update
        update = update + 0.3 * weight
        return weight - 0.01 * np.sqrt((weight**2).sum()) / np.sqrt((update**2).sum()) * update

    spec = OptimizerSpec("lamb", momentum=0.9, decay=0.99, epsilon=1e-6, weight_decay=0.3)
    assert_same_way(run(make_optimizer(spec, 0.01)), one_by_one(step), tolerance=1e-5)


def test_lamb_takes_adams_step_where_the_weight_is_zero():
    variable = keras.Variable([0.0, 0.0], name="kernel")
    Lamb(0.01, weight_decay=0.1).apply([ops.convert_to_tensor([1.0, -1.0])], [variable])
    assert np.asarray(ops.convert_to_numpy(variable.value)) == pytest.approx([-0.01, 0.01], abs=1e-6)


def test_sgd_with_momentum_equals_a_recomputation():
    def step(weight, gradient, state, number, is_kernel):
        weight = weight * (1 - 0.01 * 0.3) if is_kernel else weight
        state["momentum"] = 0.7 * state.get("momentum", 0.0) - 0.01 * gradient
        return weight + state["momentum"]

    spec = OptimizerSpec("sgd", momentum=0.7, weight_decay=0.3)
    assert_same_way(run(make_optimizer(spec, 0.01)), one_by_one(step), tolerance=1e-5)


def test_gradients_are_clipped_one_by_one_and_then_together():
    # the kernel's norm of 10 comes down to 3, the bias keeps its 4, and both together (5) come down to 1
    gradients = [(np.full((3, 4), 10 / np.sqrt(12)), np.full(4, 2.0))]
    spec = OptimizerSpec("sgd", momentum=0.0, **{**PLAIN, "clip_norm_per_variable": 3.0, "global_clip_norm": 1.0})
    # 3 and 3 after the first clip: together sqrt(18), so each is brought to 1 / sqrt(2)
    [(kernel, bias)] = run(make_optimizer(spec, 1.0), gradients)
    assert kernel - KERNEL == pytest.approx(np.full((3, 4), -0.70711 / np.sqrt(12)), abs=1e-5)
    assert bias - BIAS == pytest.approx(np.full(4, -0.70711 / 2), abs=1e-5)


def test_clipping_equals_tensorflows_functions():
    spec = OptimizerSpec("sgd", momentum=0.0, **{**PLAIN, "clip_norm_per_variable": 2.5, "global_clip_norm": 2.0})
    kernel, bias = KERNEL.copy(), BIAS.copy()
    reference = []
    for pair in GRADIENTS:
        first = [tf.clip_by_norm(tf.constant(g, tf.float32), 2.5) for g in pair]
        both, _ = tf.clip_by_global_norm(first, 2.0)
        kernel, bias = kernel - 0.1 * both[0].numpy(), bias - 0.1 * both[1].numpy()
        reference.append((kernel, bias))
    assert_same_way(run(make_optimizer(spec, 0.1)), reference, tolerance=1e-5)


def test_short_gradients_are_not_touched():
    spec = OptimizerSpec("sgd", momentum=0.0, **{**PLAIN, "clip_norm_per_variable": 9.0, "global_clip_norm": 99.0})
    free = OptimizerSpec("sgd", momentum=0.0, **PLAIN)
    assert_same_way(run(make_optimizer(spec, 0.1)), run(make_optimizer(free, 0.1)), tolerance=1e-7)


def test_accumulation_steps_average_their_gradients_into_one_clipped_update():
    spec = OptimizerSpec("sgd", momentum=0.0, accumulation_steps=3, **{**PLAIN, "global_clip_norm": 0.5})
    way = run(make_optimizer(spec, 1.0), GRADIENTS[:6])
    assert np.array_equal(way[1][0], KERNEL.astype("float32"))
    means = [[np.mean([pair[i] for pair in GRADIENTS[s : s + 3]], axis=0) for i in (0, 1)] for s in (0, 3)]
    kernel, bias = KERNEL, BIAS
    for step, (of_kernel, of_bias) in zip((2, 5), means, strict=True):
        norm = np.sqrt((of_kernel**2).sum() + (of_bias**2).sum())
        assert norm > 0.5
        kernel, bias = kernel - of_kernel * 0.5 / norm, bias - of_bias * 0.5 / norm
        assert_same_way([way[step]], [(kernel, bias)], tolerance=1e-5)


@pytest.mark.parametrize(("name", "kind"), [("rmsprop_tf", RMSPropTF), ("adamw", AdamW), ("lamb", Lamb), ("sgd", SGD)])
def test_every_name_makes_its_optimizer_which_comes_back_from_its_config(name, kind):
    spec = OptimizerSpec(name, weight_decay=0.1, exclude=("bias",), clip_norm_per_variable=1.0, global_clip_norm=2.0)
    optimizer = make_optimizer(spec, 0.5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert type(again) is kind
    assert again.get_config() == optimizer.get_config()
    assert (again.clip_norm_per_variable, again.global_clip_norm, again.weight_decay) == (1.0, 2.0, 0.1)


def test_l2_is_left_to_the_loss():
    spec = OptimizerSpec("rmsprop_tf", weight_decay=1e-5, weight_decay_kind="l2", ema_decay=0.9999)
    assert make_optimizer(spec, 0.1).weight_decay is None
    options = compile_options(spec)
    assert (options["l2"].rate, options["l2"].exclude) == (1e-5, ("bias", "gamma", "beta"))
    assert (options["ema_decay"], options["ema_warmup"]) == (0.9999, True)
    assert compile_options(OptimizerSpec("adamw", weight_decay=0.1))["l2"] is None


@pytest.mark.parametrize("name", ["rmsprop_tf", "adamw", "lamb", "sgd"])
def test_no_decay_is_a_setting_of_every_optimizer(name):
    optimizer = make_optimizer(OptimizerSpec(name, weight_decay=0.0), 0.1)
    assert optimizer.weight_decay is None
    variable = keras.Variable([1.0], name="kernel")
    optimizer.apply([ops.convert_to_tensor([0.0])], [variable])
    assert float(variable.value[0]) == 1.0
