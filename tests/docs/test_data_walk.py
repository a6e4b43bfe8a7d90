"""Every file and function that docs/data_walk.md names is there."""

import ast
import re
from pathlib import Path

import pytest
from rooms import PACKAGE

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.recipe_files import load_recipe

TEXT = (Path(__file__).parents[2] / "docs" / "data_walk.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`([\w/]+\.py)::([\w.]+)`", TEXT)))


def names_in(body, prefix=""):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from names_in(node.body, f"{node.name}.")


@pytest.mark.parametrize("place", PLACES, ids="::".join)
def test_a_place_is_there(place):
    path, name = place
    assert name in set(names_in(ast.parse((PACKAGE / path).read_text(encoding="utf-8")).body))


def test_the_walk_is_long():
    assert len(PLACES) >= 28


def test_the_shapes_on_the_way_are_those_of_b0():
    stages = profile("efficientnetv2-b0", image_size=160).stages
    assert (stages[0].output, stages[-2].output) == ((80, 80, 32), (5, 5, 192))
    assert all(f"(32, {', '.join(map(str, stage.output))})" in TEXT for stage in (stages[0], stages[-2]))


def test_the_second_phase_is_what_the_page_says(tmp_path):
    [recipe] = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    (tmp_path / "mine.yaml").write_text(recipe)
    phase = load_recipe(tmp_path / "mine.yaml").schedule.phases[1]
    said = f"epochs {phase.first_epoch} to {phase.last_epoch}, {phase.image_size} px"
    assert f"{said}, magnitude {phase.randaugment:.1f}, dropout {phase.dropout:.2f}" in TEXT
