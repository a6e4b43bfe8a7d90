import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from paper.experiment import Cell, Experiment
from paper.main import main
from paper.presets import PRESETS, get_preset
from paper.registry import EXPERIMENTS, get_experiment
from paper.runner import left_of, run, tasks_of
from paper.store import Store
from PIL import Image

from effnetv2_keras.errors import UsageError

TINY = PRESETS["tiny"]
CALLS = []


@dataclass(frozen=True)
class Noted:
    """Work that only says that it was done."""

    number: int
    is_seeded: bool = True
    cost: float = 1.0

    def run(self, seed, bench, tell):
        CALLS.append((self.number, seed))
        tell(0.5)
        return {"seconds": 0.25, "accuracy": 0.5 + self.number / 10}


def experiment(*numbers, **changes):
    def draw(done, path):
        Image.new("RGB", (8, 8)).save(path)

    return Experiment(
        name="noted",
        title="Noted",
        source="nowhere",
        cells=lambda preset: [Cell("group", f"way {number}", Noted(number, **changes)) for number in numbers],
        table=lambda done: [{"way": cell["way"], "accuracy": f"{cell['accuracy']:.1f}"} for cell in done],
        draw=draw,
        verdict=lambda done: "Agrees.",
    )


@pytest.fixture(autouse=True)
def no_calls():
    CALLS.clear()


def test_a_finished_cell_is_not_run_again(tmp_path):
    run([experiment(1, 2)], TINY, tmp_path, seeds=2, at_most=3)
    assert CALLS == [(1, 0), (2, 0), (1, 1)]
    assert "cells: 3, 1 not run yet" in (tmp_path / "noted-tiny.md").read_text()
    run([experiment(1, 2)], TINY, tmp_path, seeds=2)
    assert CALLS == [(1, 0), (2, 0), (1, 1), (2, 1)]
    run([experiment(1, 2)], TINY, tmp_path, seeds=2)
    assert len(CALLS) == 4


def test_another_setting_is_another_cell(tmp_path):
    run([experiment(1)], TINY, tmp_path)
    run([experiment(1, cost=2.0)], TINY, tmp_path)
    assert CALLS == [(1, 0), (1, 0)]


def test_equal_work_of_two_tables_is_done_once(tmp_path):
    run([experiment(1, 2), replace(experiment(2, 3), name="other")], TINY, tmp_path)
    assert CALLS == [(1, 0), (2, 0), (3, 0)]
    assert (tmp_path / "other-tiny.json").is_file()


def test_what_draws_nothing_has_one_seed(tmp_path):
    tasks = tasks_of(experiment(1, is_seeded=False), TINY, seeds=3)
    assert [seed for _, seed in tasks] == [0]
    assert len(left_of(tasks, Store(tmp_path))) == 1


def test_a_report_says_where_its_numbers_come_from(tmp_path):
    (path,) = run([experiment(1)], PRESETS["laptop"], tmp_path, seeds=2)
    text = path.read_text()
    for said in ("# Noted", "preset: `laptop`", "seeds: 0, 1", "cost: 0.0 minutes", "| way 1 | 0.6 |", "Agrees."):
        assert said in text
    content = json.loads(path.with_suffix(".json").read_text())
    assert [cell["seed"] for cell in content["cells"]] == [0, 1]
    assert content["lines"] == [{"way": "way 1", "accuracy": "0.6"}] * 2
    assert path.with_suffix(".png").is_file()


def test_tiny_says_nothing_about_the_paper(tmp_path):
    (path,) = run([experiment(1)], TINY, tmp_path)
    assert "Agrees" not in path.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "table14"], "Unknown table or figure: 'table14'. Nearest: "),
        (["run", "table4", "--preset", "lapdog"], "Unknown preset: 'lapdog'. "),
        (["run", "table4", "--seeds", "0"], "`--seeds` must be at least 1. Got: 0."),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(words, said, capsys, tmp_path):
    assert main([*words, "--out", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_names_and_presets_are_found():
    assert get_experiment("table12").source == "Tan & Le 2021, Table 12"
    assert get_preset("paper").data == "tfds:imagenet2012"
    with pytest.raises(UsageError, match="Unknown preset: 'huge'"):
        get_preset("huge")


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_experiment_has_cells_that_cost_something(name, preset):
    cells = get_experiment(name).cells(get_preset(preset))
    assert len({(cell.group, cell.way) for cell in cells}) == len(cells)
    assert all(cell.work.cost > 0 for cell in cells)
    assert Path(f"{name}.py").stem == get_experiment(name).name


def test_a_table_runs_from_end_to_end(tmp_path):
    whole = get_experiment("table12")
    one = replace(whole, cells=lambda preset: [cell for cell in whole.cells(preset) if cell.group == "ResNet-50"])
    small = TINY.replace(images=(32, 49))
    (path,) = run([one], small, tmp_path)
    cells = json.loads(path.with_suffix(".json").read_text())["cells"]
    assert [(cell["way"], cell["steps"], cell["side"]) for cell in cells] == [("fixed", 4, 48), ("progressive", 4, 48)]
    assert all(0 < cell["seconds"] < 60 for cell in cells)
    assert "1.4 times faster, accuracy up" in path.read_text()
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "cells").iterdir()}
    run([one], small, tmp_path)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "cells").iterdir()} == before
