import keras
import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.training.loss import check_metrics, loss_for


@pytest.mark.parametrize(
    ("head", "kind", "from_logits"),
    [
        ("logits", keras.losses.CategoricalCrossentropy, True),
        ("softmax", keras.losses.CategoricalCrossentropy, False),
        ("sigmoid", keras.losses.BinaryCrossentropy, False),
    ],
)
def test_the_loss_follows_the_head(head, kind, from_logits):
    loss = loss_for(head, None)
    assert type(loss) is kind
    assert loss.from_logits is from_logits


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        ("logits", "categorical_crossentropy"),
        ("logits", "sparse_categorical_crossentropy"),
        ("logits", keras.losses.CategoricalCrossentropy()),
        ("softmax", keras.losses.CategoricalCrossentropy(from_logits=True)),
        ("sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)),
    ],
)
def test_a_loss_that_contradicts_the_head_is_refused(head, loss):
    with pytest.raises(UsageError, match=f"must fit the head, which gives {head}: .* with from_logits="):
        loss_for(head, loss)


def test_a_sparse_loss_becomes_its_dense_twin():
    loss = loss_for("logits", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert type(loss) is keras.losses.CategoricalCrossentropy
    assert loss.from_logits is True


@pytest.mark.parametrize("metric", ["sparse_categorical_accuracy", keras.metrics.SparseCategoricalAccuracy()])
def test_metrics_of_class_numbers_are_refused(metric):
    with pytest.raises(UsageError, match="Metrics must take label rows"):
        check_metrics([metric])
