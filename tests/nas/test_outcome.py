import math

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.nas.finals import Final
from effnetv2_keras.nas.found import Found
from effnetv2_keras.nas.front_picture import draw_front
from effnetv2_keras.nas.funnel import Facts
from effnetv2_keras.nas.outcome import Row, front, trained, write_rows
from effnetv2_keras.nas.pareto import pareto_front
from effnetv2_keras.nas.ranks import spearman
from effnetv2_keras.nas.spaces import SMALL


def row(number, reward, accuracy, step_time, parameters, sampler="evolution", state="trained"):
    facts = Facts(parameters, 1000, 100, step_time)
    return Row(number, sampler, "f3e1x1 f3e4x2 f3e4x2", state, reward, accuracy, facts, "")


ROWS = [
    row(0, 0.60, 0.6, 1.0, 500, "random"),
    row(1, 0.72, 0.7, 0.8, 400),
    row(2, 0.71, 0.8, 2.0, 900),
    row(3, 0.50, 0.6, 0.9, 600, "random"),
    row(4, 0.30, None, 0.9, 600, state="given up"),
]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.8207826816681233),  # scipy.stats.spearmanr
        ([1, 2, 3], [3, 2, 1], -1.0),
        ([1, 1, 2], [4, 5, 9], 0.8660254037844387),
    ],
)
def test_the_rank_correlation_is_that_of_scipy(first, second, expected):
    assert spearman(first, second) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [([1], [2]), ([], []), ([1, 1], [1, 2])])
def test_a_rank_correlation_of_nothing_is_no_number(first, second):
    assert math.isnan(spearman(first, second))


def test_the_front_is_what_comparing_every_pair_gives():
    points = [tuple(point) for point in np.random.default_rng(0).integers(0, 6, (60, 3)).tolist()]
    kept = set(pareto_front(points))
    for at, point in enumerate(points):
        beaten = any(all(b >= a for a, b in zip(point, other, strict=True)) and other != point for other in points)
        assert (at in kept) != beaten


def test_only_trained_networks_are_ranked():
    assert [one.number for one in trained(ROWS)] == [1, 2, 0, 3]
    assert [one.number for one in front(ROWS)] == [1, 2]


def test_the_table_has_a_line_a_trial(tmp_path):
    write_rows(tmp_path / "trials.csv", ROWS)
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    assert len(lines) == 6
    assert lines[2] == "1,evolution,f3e1x1 f3e4x2 f3e4x2,trained,0.720000,0.700000,0.8000,400,1000,100,"


def test_the_picture_shows_dots(tmp_path):
    draw_front(tmp_path / "front.png", ROWS)
    pixels = np.asarray(Image.open(tmp_path / "front.png").convert("RGB"))
    assert pixels.shape[1] == 840
    assert (np.ptp(pixels, axis=2) > 60).sum() > 500  # coloured


def test_samplers_are_set_beside_random_search_and_short_training_beside_long():
    facts = Facts(1, 1, 1, 1.0)
    finals = [
        Final(ROWS[1], "a", facts, (0.9, 0.7), 0.8),
        Final(ROWS[2], "b", facts, (0.7,), 0.7),
        Final(None, "c", facts, (0.5,), 0.5),
    ]
    found = Found(SMALL, finals, ROWS)
    standings = {one.sampler: one for one in found.standings()}
    assert list(standings) == ["evolution", "random"]
    assert (standings["evolution"].proposed, standings["evolution"].trained, standings["evolution"].best) == (
        3,
        2,
        0.72,
    )
    assert standings["random"].mean == pytest.approx(0.55)
    assert found.agreement == pytest.approx(1.0)
    assert (finals[0].accuracy, finals[0].spread) == (pytest.approx(0.8), pytest.approx(0.141421, abs=1e-6))
