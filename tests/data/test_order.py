import keras
import numpy as np
import pytest
from splits import grey_split

from effnetv2_keras.data.order import Order, shown_in
from effnetv2_keras.data.pipeline import make_dataset
from effnetv2_keras.errors import UsageError
from effnetv2_keras.layers.knobs import Knobs


def epoch_of(order, epoch, count):
    return order.at(epoch, np.arange(count)).tolist()


def test_an_epoch_shows_every_photo_once_in_an_order_of_its_own():
    order = Order(grey_split(12), seed=3)
    first, second = epoch_of(order, 0, 12), epoch_of(order, 1, 12)
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert epoch_of(order, 0, 12) == first == epoch_of(Order(grey_split(12), seed=3), 0, 12)
    assert epoch_of(Order(grey_split(12), seed=4), 0, 12) != first


def test_places_past_the_end_begin_the_order_again():
    order = Order(grey_split(5), seed=0)
    assert epoch_of(order, 7, 12)[5:] == epoch_of(order, 7, 7)


def test_any_place_can_be_asked_without_those_before():
    assert Order(grey_split(20), 0).at(3, np.array([11])).tolist() == [epoch_of(Order(grey_split(20), 0), 3, 20)[11]]


def uneven(balance):
    """Ten classes; class 0 has 64 photos of 100, the others 4 each."""
    labels = np.array([0] * 64 + [k for k in range(1, 10) for _ in range(4)], np.int32)
    return grey_split(100, labels, tuple("abcdefghij")).balanced(balance)


@pytest.mark.parametrize(
    ("balance", "frequent", "rare"),
    [(0.0, 64, 4), (1.0, 10, 10), (0.5, 31, 8)],  # 100 * 8 / (8 + 9 * 2) = 30.8, 100 * 2 / 26 = 7.7
)
def test_balance_evens_the_classes_out(balance, frequent, rare):
    split = uneven(balance)
    order = Order(split, seed=0)
    shown = order.at(0, np.arange(100 if balance != 0.5 else 31 + 9 * 8))
    assert np.bincount(split.labels[shown], minlength=10).tolist() == [frequent] + [rare] * 9


def test_a_rare_class_repeats_its_photos_evenly_and_a_frequent_one_shows_others_each_epoch():
    split = uneven(1.0)
    order = Order(split, seed=0)
    shown = [order.at(epoch, np.arange(100)) for epoch in range(8)]
    for indices in shown:
        repeats = np.bincount(indices, minlength=100)
        assert set(repeats[64:]) == {2, 3}  # ten places for four photos
        assert repeats[:64].max() == 1
    assert len({int(i) for indices in shown for i in indices if i < 64}) > 40


def test_balance_is_refused_where_it_makes_no_sense():
    with pytest.raises(UsageError, match=r"`balance` must be between 0 and 1\. Got: 2\."):
        grey_split(4).balanced(2)
    with pytest.raises(UsageError, match=r"`balance` needs one class an image\. Got: 1\.0 for images with several\."):
        grey_split(2, [(0,), (0, 1)]).balanced()


def test_the_photos_of_a_step_are_those_that_training_is_shown():
    split = grey_split(10)
    network = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()])
    knobs = Knobs(network, image_size=32, seed=5)
    batches = make_dataset(split, 4, knobs=knobs)
    knobs.epoch = 2
    for step, (images, _) in enumerate(batches):
        greys = images.numpy().mean((1, 2, 3)).round().astype(int).tolist()
        assert [f"{grey // 10}.png" for grey in greys] == shown_in(split, 5, 2, step, 4)
    assert step == 2
