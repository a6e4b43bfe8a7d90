import numpy as np
import pytest
from glyphs import make_glyphs
from progressive_cells import Glyphs, Trainer, resized
from progressive_speedup import Cells, epochs_in_time
from progressive_ways import WAYS, Setup, settings

from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow


@pytest.fixture(scope="module")
def trainer():
    return Trainer(Glyphs(make_glyphs(16, seed=0), make_glyphs(10, seed=1)))


def two_phases(batch_sizes=(8, 8)):
    rows = [
        PhaseRow(1, size, randaugment=1.0, dropout=0.1, batch_size=batch)
        for size, batch in zip((32, 40), batch_sizes, strict=True)
    ]
    return PhaseList(rows)


def test_a_training_does_not_depend_on_the_one_before(trainer):
    def weights_after(seed):
        measured = trainer.train(two_phases(), 0.7, seed, tell=lambda said: None)
        assert measured["steps"] == 4
        return [np.array(one) for one in trainer.classifier.network.get_weights()]

    first, other, again = weights_after(0), weights_after(1), weights_after(0)
    assert all(np.array_equal(one, same) for one, same in zip(first, again, strict=True))
    assert not all(np.array_equal(one, same) for one, same in zip(first, other, strict=True))


def test_what_is_measured_are_the_steps_of_each_size(trainer):
    told = []
    measured = trainer.train(two_phases(), 0.7, 0, tell=told.append)
    assert told == ["epoch 1/2, 32 px", "epoch 2/2, 40 px"]
    assert [0 < seconds <= measured["seconds"] + 0.01 for seconds, _ in measured["curve"]] == [True, True]
    assert measured["accuracy"] in [right / 10 for right in range(11)]


def test_the_rate_is_counted_in_images(trainer, monkeypatch):
    monkeypatch.setattr(trainer, "setup", Setup(batch=4))
    rows = [PhaseRow(epochs, 32, batch_size=batch) for epochs, batch in ((3, 8), (2, 4))]
    rates = trainer.rates(PhaseList(rows), 0.5)
    # 4 steps of 4 images an epoch, 20 in all: up in 4, held until 10, down; 8 images count for two steps
    assert len(rates) == 3 * 2 + 2 * 4
    assert rates[:6] / 4e-3 == pytest.approx([0.25, 0.75, 1, 1, 1, 1])
    assert rates[[6, 9, 13]] / 4e-3 == pytest.approx(0.5 * (1 + np.cos(np.pi * np.array([0.2, 0.5, 0.9]))))


def test_small_copies_are_averaged():
    image = np.zeros((1, 96, 96, 3), np.uint8)
    image[:, :, ::2] = 200
    assert np.abs(resized(image, 48)[:, :, 2:-2].astype(int) - 100).max() <= 4


def test_a_training_with_other_settings_is_run_again(tmp_path):
    cells = Cells(tmp_path)
    kept = {"length": "short", "way": "progressive", "seed": 0, "seconds": 40.0, "epochs": 10}
    cells.put({**kept, "settings": settings(WAYS["progressive"])})
    assert cells.get("short", "progressive", 0)["seconds"] == 40.0
    assert cells.get("short", "progressive", 1) is None
    cells.put({**kept, "settings": "others"})
    assert cells.get("short", "progressive", 0) is None


@pytest.mark.parametrize(
    ("cut", "whole", "other"),
    [
        ("fixed, cut to its time", "fixed", "progressive"),
        ("fixed, weak, cut to its time", "fixed, weak", "progressive, weaker"),
    ],
)
def test_a_way_that_is_cut_gets_the_time_of_the_progressive_one(tmp_path, cut, whole, other):
    cells = Cells(tmp_path)
    for way, seconds in ((whole, 100.0), (other, 66.0)):
        cell = {"length": "long", "way": way, "seed": 0, "seconds": seconds, "epochs": 24}
        cells.put({**cell, "settings": settings(WAYS[way])})
    assert epochs_in_time(cells, "long", cut, 0) == 16
    with pytest.raises(SystemExit, match=f"needs `{whole}` and `{other}` of seed 1"):
        epochs_in_time(cells, "long", cut, 1)
