"""What outputs a classifier may have, and which warm-up files keep a version from being served."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from serving_cases import TYPES, cases

from effnetv2_keras.serving.calls import classes_of, classify
from effnetv2_keras.serving.refusal import Refusal
from effnetv2_keras.serving.warmup_replay import replay_warmup

FILL = {"string": b"a", "float": 0.5}


def arrays(outputs):
    return {name: np.full(one["shape"], FILL[one["dtype"]], TYPES[one["dtype"]]) for name, one in outputs.items()}


def info(dtype):
    return SimpleNamespace(dtype=dtype.as_datatype_enum)


def servable(inputs, outputs):
    """Stands for a version with one signature; a refused one is not run."""
    definition = SimpleNamespace(inputs=inputs, outputs=outputs)
    return SimpleNamespace(signatures={"serving_default": definition})


BROKEN = {
    "exactly one input, named inputs": [
        ({"inputs": info(tf.string), "more": info(tf.string)}, {"scores": info(tf.float32)}),
        ({"x": info(tf.string)}, {"scores": info(tf.float32)}),
    ],
    "one or two outputs": [
        ({"inputs": info(tf.string)}, {}),
        ({"inputs": info(tf.string)}, {name: info(tf.float32) for name in ("scores", "classes", "more")}),
    ],
    "outputs only from {classes, scores}, at least one present": [
        ({"inputs": info(tf.string)}, {"scores": info(tf.float32), "more": info(tf.float32)}),
        ({"inputs": info(tf.string)}, {"logits": info(tf.float32)}),
    ],
}


@pytest.mark.parametrize("case", cases("classify_output_validation"))
def test_classifiers(case):
    expect = case["expect"]
    if "rules" in case:
        of_shapes = [rule for rule in case["rules"] if rule not in BROKEN]
        assert of_shapes == ["classes: DT_STRING [batch, k]", "scores: DT_FLOAT [batch, k]"]
        for signatures in BROKEN.values():
            for inputs, outputs in signatures:
                with pytest.raises(Refusal) as error:
                    classify(servable(inputs, outputs), "", [b""])
                assert error.value.http == expect["rest_http"]
                assert error.value.code in expect["code"]
        for wrong in ({"classes": np.full((1,), b"a", object)}, {"scores": np.zeros((1,), np.float32)}):
            with pytest.raises(Refusal, match=r"Tensor shape: \[batch_size num_classes\]"):
                classes_of(wrong, 1)
    elif expect["ok"]:
        got = classes_of(arrays(case["outputs"]), case["num_examples"])
        assert got == [[(b"a", expect["score"])] * 2] * 2
    else:
        with pytest.raises(Refusal) as error:
            classes_of(arrays(case["outputs"]), case["num_examples"])
        assert error.value.code == expect["code"]
        assert expect["message_contains"] in error.value.message


@pytest.mark.parametrize("case", cases("warmup"))
def test_warmup_files(case, tmp_path):
    file = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir()
    file.write_bytes({"empty file": b"", "arbitrary bytes": b"this is no file of records at all"}[case["file"]])
    if case["expect"]["loads"]:
        assert replay_warmup(None, tmp_path) == 0
    else:
        with pytest.raises(Refusal) as error:
            replay_warmup(None, tmp_path)
        assert error.value.code == case["expect"]["code"]
        assert case["expect"]["message_contains"] in error.value.message
