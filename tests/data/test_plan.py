import numpy as np
import pytest
from splits import grey_split

from effnetv2_keras.configs.preprocessing import PREPROCESSING
from effnetv2_keras.data.bad_files import BadFileLog
from effnetv2_keras.data.plan import Moment, Plan
from effnetv2_keras.errors import DataError

CROP = PREPROCESSING["photos"].crop


def plan_of(split, seed=0, log=None):
    return Plan(split, CROP, seed, BadFileLog() if log is None else log)


def moment(step=0, epoch=0, size=32, worker=0, num_workers=1, batch_size=4):
    return Moment(size, epoch, step, worker, num_workers, batch_size)


def test_the_same_moment_shows_the_same_whatever_came_before():
    one, other = plan_of(grey_split(12)), plan_of(grey_split(12))
    for step in range(3):
        one.batch(moment(step))
    now, again = one.batch(moment(1, epoch=5)), other.batch(moment(1, epoch=5))
    np.testing.assert_array_equal(now.indices, again.indices)
    np.testing.assert_array_equal(now.windows, again.windows)
    assert now.files.tolist() == again.files.tolist()
    assert (now.labels == now.indices % 2).all()


def test_the_steps_of_an_epoch_show_every_photo():
    plan = plan_of(grey_split(12))
    assert sorted(i for step in range(3) for i in plan.batch(moment(step)).indices) == list(range(12))


def test_workers_share_a_step_and_its_windows():
    whole = plan_of(grey_split(12)).batch(moment(1, batch_size=6))
    halves = [plan_of(grey_split(12)).batch(moment(1, worker=w, num_workers=2, batch_size=3)) for w in range(2)]
    for name in ("indices", "windows", "labels"):
        together = np.concatenate([getattr(half, name) for half in halves])
        np.testing.assert_array_equal(together, getattr(whole, name))


def test_a_replaced_photo_is_noted_and_the_next_good_one_of_the_order_takes_its_place():
    told = []
    split = grey_split(12)
    plan = plan_of(split, log=BadFileLog(told=told.append))
    order = plan.order.at(0, np.arange(12)).tolist()
    damaged = order[2]
    split.full.store.files[damaged] = b"<html>"
    shown = plan.replace(moment(), row=2, index=damaged)
    assert shown.indices.tolist() == [order[3]]
    assert [(bad.location, bad.reason) for bad in told] == [(f"{damaged}.png", "not an image: an HTML page")]
    assert plan.batch(moment()).indices.tolist() == [order[0], order[1], order[3], order[3]]


def test_a_stand_in_is_the_same_whether_the_damage_was_known_or_is_met():
    met, knew = plan_of(grey_split(12)), plan_of(grey_split(12))
    damaged = int(met.order.at(0, np.array([2]))[0])
    stand_in = met.replace(moment(), row=2, index=damaged)
    knew.replace(moment(), row=2, index=damaged)
    later = knew.batch(moment())
    assert later.indices[2] == stand_in.indices[0]
    np.testing.assert_array_equal(later.windows[2], stand_in.windows[0])


def test_a_file_that_cannot_be_read_has_no_bytes():
    split = grey_split(4)
    split.full.store.files[1] = None
    shown = plan_of(split).batch(moment())
    assert [data == b"" for data in shown.files] == [index == 1 for index in shown.indices]


def test_sixteen_damaged_photos_in_a_row_end_it():
    split = grey_split(20, np.zeros(20, np.int32))
    plan = plan_of(split)
    order = plan.order.at(0, np.arange(20)).tolist()
    for index in order[:15]:
        plan.replace(moment(), row=0, index=index)
    with pytest.raises(DataError, match="Got: 16 photos in a row cannot be decoded"):
        plan.replace(moment(), row=0, index=order[15])
