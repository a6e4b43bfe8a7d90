"""The verb, with the search itself left out: `tests/nas/test_search.py` has whole ones."""

import pytest
from typer.testing import CliRunner

from effnetv2_keras.cli.main import app
from effnetv2_keras.nas.finals import Final
from effnetv2_keras.nas.found import Found
from effnetv2_keras.nas.funnel import Facts
from effnetv2_keras.nas.outcome import Row
from effnetv2_keras.nas.spaces import SMALL


@pytest.fixture
def asked(monkeypatch):
    """What the search is asked for."""
    asked = {}

    def found(settings, out, **options):
        asked.update(settings=settings, out=out, **options)
        options["say"]("trial 0: f3e1x1 f3e4x2 f3e4x2")
        facts = Facts(parameters=12_345, macs=1000, activations=100, time=0.5)
        row = Row(0, "tpe", "f3e1x1 f3e4x2 f3e4x2", "trained", 0.75, 0.7, facts, "")
        return Found(
            SMALL, [Final(row, row.network, facts, (0.8,), 0.81), Final(None, "small", facts, (0.6,), 0.6)], [row]
        )

    monkeypatch.setattr("effnetv2_keras.nas.search.search", found)
    return asked


def test_options_change_the_preset_and_the_end_is_printed(asked, tmp_path):
    words = ["search", "photos", "--out", str(tmp_path / "out"), "--preset", "tiny", "--sampler", "tpe"]
    words += ["--timed", "tflite", "--max-step-time", "1.5", "--workers", "2", "--lease", "30"]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    assert done.exit_code == 0, done.output
    settings = asked["settings"]
    assert (settings.data, settings.space, settings.trials) == ("photos", "small", 8)
    assert (settings.sampler, settings.timed, settings.max_step_time) == ("tpe", "tflite", 1.5)
    assert (asked["workers"], asked["lease"].seconds, asked["storage"]) == (2, 30.0, None)
    lines = done.output.splitlines()
    assert "trial 0: f3e1x1 f3e4x2 f3e4x2" in lines
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]
    assert ["f3e1x1 f3e4x2 f3e4x2", "80.00%", "-", "0.50", "12,345", "0.8100"] in cells
    assert ["small (backbone)", "60.00%", "-", "0.50", "12,345", "0.6000"] in cells
    assert ["tpe", "1", "1", "0.7500", "0.7500"] in cells
    assert f"wrote {tmp_path / 'out' / 'winner.yaml'}" in done.output.replace("\n", "")


def test_an_unknown_sampler_is_one_sentence(asked, tmp_path, capsys):
    from effnetv2_keras.cli.main import main

    with pytest.raises(SystemExit) as end:
        main(["search", "photos", "--out", str(tmp_path / "out"), "--sampler", "anneal"])
    assert end.value.code == 2
    assert "Unknown sampler: 'anneal'" in capsys.readouterr().err
    assert not asked
