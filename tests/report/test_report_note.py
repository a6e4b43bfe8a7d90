"""The page on reports: its Python runs, and what it says of the page's parts is so."""

import re
from pathlib import Path

import pytest
from small_photos import write_photos

from effnetv2_keras.export.tflite import export_tflite

TEXT = (Path(__file__).parents[2] / "docs" / "methods" / "reports.md").read_text(encoding="utf-8")
[CODE] = re.findall(r"```python\n(.*?)```", TEXT, re.S)


@pytest.fixture
def model(tiny_classifier, tmp_path):
    return export_tflite(tiny_classifier, tmp_path / "x.tflite", labels=("blue", "green", "red"), image_size=40).path


def test_the_code_measures_and_writes_a_page(model, tmp_path, monkeypatch, capsys):
    write_photos(tmp_path / "photos", 3)
    monkeypatch.chdir(tmp_path)
    code = CODE.replace('"runs/photos"', '"x.tflite"')
    assert code != CODE
    exec(compile(code, "reports.md", "exec"), {})
    page = (tmp_path / "report.html").read_text()
    accuracy = float(capsys.readouterr().out.split()[0])
    assert f"<b>{round(9 * accuracy)} of 9 images were answered right: " in page


def test_the_parts_of_the_page_are_those_it_has(model, tmp_path):
    from effnetv2_keras.report.measure import measure
    from effnetv2_keras.report.run_report import report_page

    photos = write_photos(tmp_path / "photos", 3)
    (photos / "red" / "empty.jpg").touch()
    titles = re.findall(r"<h2>([^<]*)", report_page(measure(model, photos)))
    assert titles == ["Confusions", "Classes", "Mistakes", "Skipped files", "Environment"]
    assert all(f"| {title} |" in TEXT for title in titles)
