import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import effnetv2_keras as ev2
from effnetv2_keras.inference.answer import photos_of_files

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TEN_LINES = next(block for block in re.findall(r"```python\n(.*?)```", TEXT, re.S) if "open_source" in block)

TINY_NET = """
name: tiny
stem: 8
head: 16
eval_size: 48
stages:
  - [fused, 3, 2, 1, 8, 1]
  - [mbconv, 3, 2, 2, 8, 1, 0.25]
"""
#             what the README says    what makes it quick
SMALLER = {
    '"efficientnetv2-b0"': '"tiny.yaml"',
    "batch_size=32": "batch_size=4",
    "epochs=20": "epochs=4",
    "image_size=224": "image_size=48",
    "Ramp(128, 224)": "Ramp(32, 48)",
}


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
    code = TEN_LINES
    for said, quick in SMALLER.items():
        assert said in code
        code = code.replace(said, quick)
    exec(compile(code, "README.md", "exec"), {})
    assert_both_artefacts_answer(photos)


@pytest.mark.slow
def test_the_ten_lines_run_as_they_are_written(photos):
    exec(compile(TEN_LINES, "README.md", "exec"), {})
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
