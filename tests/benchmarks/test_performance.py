import json
import re
from pathlib import Path

import performance
import pytest
import short
from performance_lines import LINES
from performance_rows import least, most

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def test_the_page_is_what_the_stored_figures_make():
    assert performance.PAGE.read_text(encoding="utf-8") == performance.page(RESULTS)


def test_every_benchmark_of_make_bench_tiny_is_on_the_page_and_has_a_short_setting():
    listed = re.search(r"BENCHMARKS := (.*?)\n\n", (ROOT / "Makefile").read_text(), re.S)[1]
    names = listed.replace("\\", " ").split()
    assert {line.benchmark for line in LINES} == set(names) == set(short.SHORT)


def test_ratios_are_read_from_the_figures(tmp_path):
    rows = [{"size": 224, "batch": 32, "way": "ours", "times": 22.871}]
    (tmp_path / "augment_ops-cpu-0000000.json").write_text(json.dumps({"rows": rows}))
    text = performance.table(tmp_path)
    assert (
        "| RandAugment, 224 px, 32 images, times less CPU | keras.layers.RandAugment | 22.87 | at least 15 | yes "
        "| `augment_ops-cpu-0000000.json` |"
    ) in text
    assert "| the same, compiled | keras.layers.RandAugment | not measured yet | at least 21 |  |" in text


def test_a_goal_that_is_missed_is_said(tmp_path):
    (tmp_path / "memory_growth-0000000.json").write_text(json.dumps({"gained_mb": 60.0, "bound_mb": 48}))
    assert "| 1.25 | at most 1 | no |" in performance.table(tmp_path)


def test_files_of_a_longer_name_are_another_benchmark(tmp_path):
    (tmp_path / "search_synthetic-cpu-0000000.json").write_text("{}")
    assert performance.newest(tmp_path, "search_synthetic").name == "search_synthetic-cpu-0000000.json"
    assert performance.newest(tmp_path, "search") is None


@pytest.mark.parametrize(
    ("goal", "ratio", "met"), [(least(1.4), 1.396, True), (least(1.4), 1.39, False), (most(5), 5.1, False)]
)
def test_goals_are_held_against_what_is_shown(goal, ratio, met):
    assert goal.is_met(ratio) is met


def test_a_short_setting_is_a_command_that_keeps_its_figures_apart(tmp_path):
    words = short.words_of("progressive_speedup", tmp_path)
    assert words[1].endswith("progressive_speedup.py")
    assert words[-2:] == ["--results", str(tmp_path)]
    assert f"{tmp_path}/cells" in words


@pytest.mark.parametrize("name", short.SHORT)
def test_short_settings_name_options_that_there_are(name):
    words = short.words_of(name, Path("there"))
    options = [word for word in words if word.startswith("--")]
    source = (ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
    assert [option for option in options if f'"{option}"' not in source] == []
