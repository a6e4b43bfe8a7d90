import re
import xml.etree.ElementTree as ET

import pytest

from effnetv2_keras.report.line_chart import Band, Line, line_chart

NAN = float("nan")
BANDS = [Band(1, 2, "32 px"), Band(3, 4, "64 px")]


def parsed(markup):
    """Reads a chart as XML, which is stricter than HTML."""
    return ET.fromstring(markup)


def places(path):
    return [tuple(map(float, pair)) for pair in re.findall(r"[ML]([\d.-]+) ([\d.-]+)", path.get("d"))]


def test_points_are_where_their_numbers_are():
    chart = parsed(line_chart("loss", [Line("training", [1, 2, 4], [0.0, 1.0, 0.5])], BANDS, 4, size=(456, 142)))
    [path] = chart.findall(".//path")
    # the plot is 400 px by 100 px from (46, 20) on: 100 px an epoch, its middle in the middle
    assert places(path) == [(96, 120), (196, 20), (396, 70)]
    assert [dot.get("cx") for dot in chart.findall(".//circle")] == ["96.0", "196.0", "396.0"]
    assert [dot.find("title").text for dot in chart.findall(".//circle")][1] == "training, epoch 2: 1"


def test_what_is_set_holds_for_a_whole_epoch():
    chart = parsed(line_chart("size", [Line("size", [1, 2], [0, 1])], [], 4, is_stepped=True, size=(456, 142)))
    [path] = chart.findall(".//path")
    assert places(path) == [(46, 120), (146, 120), (146, 20), (246, 20)]


def test_phases_are_bands_between_their_epochs():
    chart = parsed(line_chart("loss", [Line("a", [1], [1.0])], BANDS, 4, size=(456, 142)))
    bands = chart.findall(".//rect")
    assert [(band.get("x"), band.get("width"), band.get("class")) for band in bands] == [
        ("46.0", "200.0", "band b0"),
        ("246.0", "200.0", "band b1"),
    ]
    assert [text.text for text in chart.findall(".//text") if text.get("class") == "name"] == ["32 px", "64 px"]


def test_bands_without_room_for_a_name_have_none():
    bands = [Band(epoch, epoch, f"{epoch} px") for epoch in range(1, 101)]
    chart = parsed(line_chart("loss", [Line("a", [1], [1.0])], bands, 100))
    assert len(chart.findall(".//rect")) == 100
    assert [text for text in chart.findall(".//text") if text.get("class") == "name"] == []


def test_a_value_that_is_no_number_is_a_gap():
    chart = parsed(line_chart("loss", [Line("a", [1, 2, 3, 4], [1.0, NAN, 2.0, 3.0])], BANDS, 4))
    [path] = chart.findall(".//path")
    assert re.sub(r"[\d.-]+", "", path.get("d")).replace(" ", "") == "MML"
    assert "a from 1 to 3" in chart.find("svg").get("aria-label")


def test_nothing_but_numbers_that_are_none_is_an_empty_chart():
    chart = parsed(line_chart("loss", [Line("a", [1], [NAN])], BANDS, 4))
    assert chart.findall(".//circle") == []
    assert chart.find("svg").get("aria-label") == "loss over the epochs: a: no numbers"


def test_those_who_do_not_see_it_are_told():
    lines = [Line("training", [1, 2], [2.5, 1.25]), Line("validation", [1, 2], [3.0, 1.5])]
    svg = parsed(line_chart("loss", lines, BANDS, 4)).find("svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "loss over the epochs: training from 2.5 to 1.25; validation from 3 to 1.5"


def test_the_best_epoch_is_marked():
    chart = parsed(line_chart("loss", [Line("a", [1], [1.0])], BANDS, 4, mark=(3, "best: epoch 3"), size=(456, 142)))
    assert [line.get("x1") for line in chart.findall(".//line") if line.get("class") == "mark"] == ["296.0"]
    assert "best: epoch 3" in [text.text for text in chart.findall(".//text")]


@pytest.mark.parametrize(("count", "is_quiet"), [(40, False), (350, True)])
def test_many_points_are_dots_only_under_the_pointer(count, is_quiet):
    line = Line("a", list(range(1, count + 1)), [1.0] * count)
    dots = parsed(line_chart("loss", [line], [], count)).findall(".//circle")
    assert len(dots) == count
    assert [dot.get("class").endswith("quiet") for dot in dots] == [is_quiet] * count


def test_names_are_text():
    chart = parsed(line_chart("<b>", [Line("<i>", [1], [1.0]), Line("&", [1], [1.0])], [Band(1, 4, "<u>")], 4))
    assert chart.find("figcaption/b").text == "<b>"
