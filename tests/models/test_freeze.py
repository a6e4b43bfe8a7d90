import keras
import numpy as np
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.models import create_model, freeze, unfreeze


@pytest.fixture
def model():
    return create_model("efficientnetv2-b0", num_classes=3)


def learning(model):
    return [layer.name for layer in model.layers if layer.trainable_weights]


def test_all_but_the_classifier_is_frozen_by_default(model):
    assert learning(freeze(model)) == ["logits"]


def test_until_a_stage_learns_from_there_on(model):
    freeze(model, until="stage6")
    assert learning(model) == [*(f"stage6_block{number}" for number in range(1, 9)), "head", "logits"]


def test_until_a_layer(model):
    assert learning(freeze(model, until="head")) == ["head", "logits"]


def test_without_a_classifier_everything_is_frozen():
    assert learning(freeze(create_model("efficientnetv2-b0", include_top=False))) == []


def test_unfreeze_undoes_it(model):
    before = len(model.trainable_weights)
    assert len(unfreeze(freeze(model)).trainable_weights) == before


def test_a_frozen_normalisation_keeps_its_statistics(model, images):
    freeze(model, until="stage6")
    model.compile("sgd", "mse")
    frozen = model.get_layer("stage5_block1").units["expand"].norm
    learned = model.get_layer("stage6_block1").units["expand"].norm
    before = [keras.ops.convert_to_numpy(norm.moving_mean) for norm in (frozen, learned)]
    model.fit(images(64, 64), np.zeros((2, 3), "float32"), verbose=0)
    np.testing.assert_array_equal(frozen.moving_mean, before[0])
    assert not np.allclose(learned.moving_mean, before[1])


def test_an_unknown_stage_is_answered_with_the_nearest(model):
    with pytest.raises(UsageError, match=r"Unknown layer: 'stage9'\. Nearest: stage"):
        freeze(model, until="stage9")


def test_stage1_does_not_mean_stage10(model):
    with pytest.raises(UsageError, match="Unknown layer"):
        freeze(model, until="stage")
