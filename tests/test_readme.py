import re

import numpy as np
import pytest
from pages import ROOT, SMALLER, TINY_NET, blocks, execute, replaced
from PIL import Image

import effnetv2_keras as ev2
from effnetv2_keras.inference.answer import photos_of_files

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
TEN_LINES = next(block for block in blocks(README) if "open_source" in block)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of coloured noise in two classes, and the way into it."""
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 128)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(6):
            pixels = rng.integers(low, low + 128, (60, 70, 3)).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.jpg")
    (tmp_path / "tiny.yaml").write_text(TINY_NET)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_both_artefacts_answer(folder):
    for artefact in ("served/photos", "photos.tflite"):
        predictor = ev2.load_predictor(folder / artefact)
        [answer] = predictor.answer(list(photos_of_files([folder / "photos" / "dark" / "0.jpg"])), top=2)
        assert set(answer.labels) == {"dark", "light"}
        assert sum(answer.scores) == pytest.approx(1.0, abs=1e-5)


def test_the_ten_lines_run_on_a_small_network(photos):
    execute(README, replaced(TEN_LINES, SMALLER))
    assert_both_artefacts_answer(photos)


@pytest.mark.slow
def test_the_ten_lines_run_as_they_are_written(photos):
    execute(README, TEN_LINES)
    assert_both_artefacts_answer(photos)


def test_the_printed_schedule_is_the_real_one():
    assert f'>>> print(ev2.paper_schedule("efficientnetv2-s"))\n{ev2.paper_schedule("efficientnetv2-s")}\n' in TEXT


def test_links_and_pictures_are_there():
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_verb_is_in_the_table():
    from effnetv2_keras.cli.main import app

    verbs = [command.name for command in app.registered_commands]
    for group in app.registered_groups:
        verbs += [f"{group.name} {command.name}" for command in group.typer_instance.registered_commands]
    assert [verb for verb in verbs if f"`{verb}`" not in TEXT] == []
