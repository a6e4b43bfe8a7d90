import numpy as np
import pytest
from paper import v1_maps
from paper.bench import Bench, read_pictures
from paper.costs import Answer, Step
from paper.heat import packed, unpacked
from paper.recipe_run import RecipeRun

from effnetv2_keras.configs.recipes import get_recipe
from effnetv2_keras.configs.schedule import constant_schedule
from effnetv2_keras.configs.schema import ModelConfig, Stage

SMALL = ModelConfig(
    "small", (Stage("fused", 3, 2, 1, 8, 1),), stem=8, head=16, eval_size=32, dropout=0.1, activation="relu"
)


def nothing(share):
    pass


def test_published_settings_run_as_train_does(tmp_path, photo_folder):
    recipe = get_recipe("laptop").replace(schedule=constant_schedule(2, 32), eval_size=32, batch_size=4)
    work = RecipeRun(recipe, SMALL, str(photo_folder), maps=2)
    found = work.run(0, Bench(tmp_path), nothing)
    assert (found["epochs"], found["side"], len(found["curve"])) == (2, 32, 2)
    assert found["accuracy"] in (0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0)
    assert (np.shape(found["maps"]), len(found["pictures"])) == ((2, 8, 8), 2)
    (folder,) = (tmp_path / "trainings").iterdir()
    assert (folder / "run" / "history.csv").is_file()


def test_a_folder_takes_the_place_of_letters(photo_folder):
    pictures = read_pictures(str(photo_folder), (6, 3))
    assert [kind.shape for kind in (*pictures.train, *pictures.test)] == [(6, 96, 96, 3), (6,), (3, 96, 96, 3), (3,)]


def test_steps_and_answers_are_timed(tmp_path):
    step = Step(SMALL, 32, batch=2, steps=2, cost_size=64, num_classes=5).run(0, Bench(tmp_path), nothing)
    assert 0 < step["step_seconds"] < step["seconds"]
    assert (step["size"], step["step_size"], step["step_batch"]) == (64, 32, 2)
    answer = Answer(SMALL, 32, calls=4, cost_size=32).run(0, Bench(tmp_path), nothing)
    assert 0 < answer["low_ms"] <= answer["latency_ms"] <= answer["high_ms"]
    assert answer["parameters"] == 216 + 32 + 576 + 32 + 128 + 64 + 17_000


def test_a_picture_in_a_cell_is_the_picture():
    image = np.full((16, 16, 3), 90, np.uint8)
    assert np.abs(unpacked(packed(image)).astype(int) - 90).max() <= 2


def test_maps_are_drawn_a_column_a_network(tmp_path):
    heat = np.zeros((2, 4, 4))
    heat[:, 1, 1] = 1.0
    image = packed(np.full((32, 32, 3), 200, np.uint8))
    cells = [
        {"way": way, "seed": seed, "side": 32, "accuracy": 0.5, "maps": heat.tolist(), "scores": [0.2, 0.4],
         "pictures": [image] * 2}
        for way in ("base", "compound") for seed in (0, 1)
    ]  # fmt: skip
    v1_maps.draw(cells, tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 5000
    lines = v1_maps.table(cells)
    assert [line["network"] for line in lines] == ["base", "compound"]
    assert (lines[0]["map"], lines[0]["share of the picture that is warm"]) == ("4 x 4", "0.06")
