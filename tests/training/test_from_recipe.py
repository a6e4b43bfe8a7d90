import keras
import numpy as np
import pytest
from keras import ops

from effnetv2_keras.configs.recipe_files import override
from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.adjustable_dropout import AdjustableDropout
from effnetv2_keras.layers.stochastic_depth import StochasticDepth
from effnetv2_keras.training.from_recipe import (
    NormalisedCrossentropy,
    check_runnable,
    compile_classifier,
    make_classifier,
    network_of,
)
from effnetv2_keras.training.multilabel import ShownAccuracy


def refusal(recipe):
    with pytest.raises(UsageError) as caught:
        check_runnable(recipe)
    return str(caught.value)


@pytest.fixture
def laptop(tiny_model_file):
    return get_recipe("laptop", str(tiny_model_file))


def test_the_network_has_the_recipes_rates(laptop):
    recipe = override(laptop, ["dropout=0.4", "drop_path=0.3", "bn_momentum=0.97"])
    layers = make_classifier(recipe, num_classes=3, seed=0).network._flatten_layers()
    layers = list(layers)
    assert [layer.rate for layer in layers if isinstance(layer, AdjustableDropout)] == [0.4]
    assert {layer.rate for layer in layers if isinstance(layer, StochasticDepth)} == {0.3}
    assert {layer.momentum for layer in layers if isinstance(layer, keras.layers.BatchNormalization)} == {0.97}
    assert network_of(laptop).bn_momentum == 0.9


def test_the_augmentation_is_the_recipes(laptop):
    recipe = override(laptop, ["augmentation.policy=autoaugment", "augmentation.cutout=0.5", "augmentation.flip=false"])
    augmentation = make_classifier(recipe, num_classes=3, seed=0).augmentation
    assert (augmentation.policy, augmentation.cutout, augmentation.horizontal_flip) == ("autoaugment", 0.5, False)
    assert augmentation.num_layers == 0  # no magnitude is scheduled: RandAugment is not traced
    recipe = override(laptop, ["schedule.randaugment=5", "augmentation.mode=released"])
    augmentation = make_classifier(recipe, num_classes=3, seed=0).augmentation
    assert (augmentation.policy, augmentation.num_layers, augmentation.mode) == ("randaugment", 2, "released")


def test_the_laptops_optimizer_is_what_it_was(laptop):
    classifier = make_classifier(laptop, num_classes=3, seed=0)
    compile_classifier(classifier, laptop, num_images=320)
    optimizer = classifier.optimizer
    assert type(optimizer).__name__ == "AdamW"
    assert (optimizer.weight_decay, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (0.01, 0.9, 0.999, 1e-7)
    rate = optimizer._learning_rate
    # 20 epochs of 10 steps: up in the first epoch, held until 120, half way down at 160
    assert [float(rate(step)) for step in (0, 4, 9, 119, 160, 200)] == pytest.approx(
        [0.0002, 0.001, 0.002, 0.002, 0.001, 0.0], abs=1e-9
    )


def test_labels_of_several_classes_count_as_one():
    logits = np.array([[1.0, 2.0, 3.0, 0.0], [0.0, 0.0, 1.0, 0.0]], "float32")
    several = np.array([[1, 1, 0, 0], [0, 0, 4, 0]], "float32")
    halves = np.array([[0.5, 0.5, 0, 0], [0, 0, 1, 0]], "float32")
    found = NormalisedCrossentropy(from_logits=True)(several, logits)
    expected = keras.losses.CategoricalCrossentropy(from_logits=True)(halves, logits)
    assert float(ops.convert_to_numpy(found)) == pytest.approx(float(ops.convert_to_numpy(expected)), abs=1e-6)


def test_the_rate_goes_as_far_an_epoch_whatever_the_batch_size(laptop, tiny_model_file):
    base = override(laptop.replace(model=str(tiny_model_file)), ["schedule.epochs=4", "schedule.num_phases=2"])
    rates = {}
    for name, recipe in (("one", base), ("two", override(base, ["schedule.batch_size=64:32"]))):
        classifier = make_classifier(recipe, 3, 0)
        compile_classifier(classifier, recipe, 320)
        rates[name] = classifier.optimizer._learning_rate
    # epochs of 5, 5, 10 and 10 batches, where 32 throughout has 10 each; the rise is the first half epoch's
    assert [float(rates["two"](step)) for step in (5, 10, 20, 29)] == pytest.approx(
        [float(rates["one"](step)) for step in (10, 20, 30, 39)]
    )


@pytest.mark.parametrize(("name", "family"), [("released:efficientnetv2-b0", "v1"), ("paper:efficientnetv2-s", "v2")])
def test_published_recipes_have_their_own_crops(name, family):
    recipe = get_recipe(name)
    assert recipe.crop.preprocessing().name == family


def test_images_with_several_classes_get_a_sigmoid_and_the_loss_for_it(laptop, tiny_model_file):
    recipe = laptop.replace(model=str(tiny_model_file))
    classifier = make_classifier(recipe, 4, 0, is_multilabel=True)
    compile_classifier(classifier, recipe, 10)
    assert classifier.head == "sigmoid"
    assert isinstance(classifier.loss, keras.losses.BinaryCrossentropy)
    normalised = make_classifier(recipe.replace(labels="normalised"), 4, 0, is_multilabel=True)
    assert normalised.head == "logits"


def test_the_best_class_is_right_where_the_image_shows_it():
    labels = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [0.3, 0.7, 0.0]], "float32")
    scores = np.array([[0.2, 0.9, 0.1], [0.9, 0.2, 0.1], [0.9, 0.1, 0.1], [0.1, 0.8, 0.1]], "float32")
    metric = ShownAccuracy()
    metric.update_state(labels, scores)
    assert float(metric.result()) == 0.5


def test_what_is_held_back_comes_from_the_recipe(laptop):
    changes = ["tuning.freeze_until=stage2", "tuning.head_epochs=2", "tuning.layer_decay=0.5"]
    recipe = override(laptop, changes)
    check_runnable(recipe)
    classifier = make_classifier(recipe, num_classes=3, seed=0)
    compile_classifier(classifier, recipe, num_images=320)
    assert [layer.name for layer in classifier.network.layers if layer.trainable_weights] == [
        *["stage2_block1", "stage2_block2"],
        *["head", "logits"],
    ]
    assert classifier.head_epochs == 2
    assert classifier.optimizer.layer_rates == {
        **{"logits": 1.0, "head": 0.5, "stage2_block2": 0.25, "stage2_block1": 0.125},
        **{"stage1_block1": 0.0625, "stem": 0.03125},
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("tuning.head_epochs=20", "`tuning.head_epochs` must be below `schedule.epochs`, 20. Got: 20."),
        (
            "tuning.freeze_until=stage7",
            "Unknown layer in `tuning.freeze_until`: 'stage7'. Nearest: stage2, stage1, stem.",
        ),
    ],
)
def test_what_cannot_be_held_back_is_refused(laptop, change, words):
    assert refusal(override(laptop, [change])) == words


def test_a_layer_decay_out_of_range_is_refused(laptop):
    with pytest.raises(UsageError, match=r"`layer_decay` must be above 0 and at most 1\. Got: 0"):
        override(laptop, ["tuning.layer_decay=0"])
