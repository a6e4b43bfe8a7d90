"""SavedModels of `goldens/serving_conformance.json`, and servers that hold them."""

import tensorflow as tf

LABEL = "Version_Label"
v1 = tf.compat.v1


def write_half_plus(folder, addend):
    """Writes `y = 0.5 * x + addend` with signatures of all kinds, as TensorFlow 1 does; its shapes bind nobody."""
    with tf.Graph().as_default(), v1.Session() as session:
        half, two, three = (
            v1.get_variable(name, initializer=value) for name, value in (("a", 0.5), ("b", addend), ("c", 3.0))
        )
        examples = v1.placeholder(tf.string, name="tf_example")
        features = {
            "x": tf.io.FixedLenFeature([1], tf.float32),
            "x2": tf.io.FixedLenFeature([1], tf.float32, default_value=[0.0]),
        }
        parsed = tf.io.parse_example(examples, features)
        x = tf.identity(parsed["x"], name="x")
        x2 = tf.identity(parsed["x2"], name="x2")
        for tensor in (x, x2):
            tensor.set_shape([None, 1])  # told by the metadata; a session does not hold what it is fed against it
        y = tf.add(half * x, two, name="y")
        y3 = tf.add(half * x2, three, name="y3")
        session.run(v1.global_variables_initializer())
        rows = (
            ("serving_default", {"x": x}, {"y": y}, "predict"),
            ("regress_x_to_y", {"inputs": examples}, {"outputs": y}, "regress"),
            ("classify_x_to_y", {"inputs": examples}, {"scores": y}, "classify"),
            ("regress_x2_to_y3", {"inputs": x2}, {"outputs": y3}, "regress"),
            ("classify_x2_to_y3", {"inputs": x2}, {"scores": y3}, "classify"),
        )
        signatures = {name: _signature(inputs, outputs, method) for name, inputs, outputs, method in rows}
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures)
        builder.save()


def _signature(inputs, outputs, method):
    infos = [{name: v1.saved_model.build_tensor_info(t) for name, t in some.items()} for some in (inputs, outputs)]
    return v1.saved_model.build_signature_def(*infos, f"tensorflow/serving/{method}")


def write_functions(folder, **functions):
    """Writes named signatures of TensorFlow 2, each a function of one tensor `x` of a given shape."""
    made = {}
    for name, (function, shape) in functions.items():
        spec = tf.TensorSpec(shape, tf.float32, name="x")
        made[name] = tf.function(_named(function), input_signature=[spec], autograph=False)
    tf.saved_model.save(tf.Module(), str(folder), signatures=made)


def _named(function):
    return lambda x: {"y": function(x)}
