import math

import pytest
from PIL import Image
from progressive_figures import draw, markdown, rows_of, standard_error


def cell(way, seed, seconds, accuracy, epochs=10):
    curve = [[seconds / 2, accuracy / 2], [seconds, accuracy]]
    kept = {"length": "short", "way": way, "seed": seed, "epochs": epochs}
    return {**kept, "seconds": seconds, "accuracy": accuracy, "curve": curve}


CELLS = [
    cell("fixed", 0, 100.0, 0.90),
    cell("fixed", 1, 120.0, 0.92),
    cell("fixed", 2, 110.0, 0.94),
    cell("progressive", 0, 50.0, 0.91, 7),
    cell("progressive", 1, 80.0, 0.91, 8),
]


def test_the_standard_error_is_that_of_the_mean():
    assert standard_error([0.90, 0.92, 0.94]) == pytest.approx(0.0115470)
    assert math.isnan(standard_error([0.9]))


def test_ways_are_compared_seed_by_seed():
    _, row = rows_of(CELLS, "fixed")
    assert (row.seeds, row.epochs) == (2, "7-8")
    assert (row.seconds, row.accuracy) == pytest.approx((65.0, 0.91))
    assert row.speed == pytest.approx((100 / 50 + 120 / 80) / 2)
    assert row.ahead == pytest.approx(0.0, abs=1e-12)  # +1 point and -1 point
    assert row.ahead_error == pytest.approx(0.01)


def test_the_table_has_a_row_a_way():
    table = markdown(rows_of(CELLS, "fixed"), "fixed").splitlines()
    assert table[2] == "| short | fixed | 10 | 3 | 110 | 1.00 | 92.00 ± 1.15 |  |"
    assert table[3] == "| short | progressive | 7-8 | 2 | 65 | 1.75 | 91.00 ± 0.00 | +0.00 ± 1.00 |"


def test_a_way_without_its_counterpart_is_not_compared():
    (row,) = rows_of(CELLS[3:], "fixed")
    assert math.isnan(row.speed)
    assert markdown([row], "fixed").endswith("| progressive | 7-8 | 2 | 65 |  | 91.00 ± 0.00 |  |")


def test_the_picture_is_drawn(tmp_path):
    path = tmp_path / "pictures" / "drawn.png"
    draw(CELLS, rows_of(CELLS, "fixed"), path)
    with Image.open(path) as picture:
        shades = picture.convert("L").getextrema()
    assert shades[0] < 100 < shades[1]
