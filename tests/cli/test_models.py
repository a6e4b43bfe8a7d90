import typer
from typer.testing import CliRunner

from effnetv2_keras.cli.models import models
from effnetv2_keras.errors import UsageError


def run(*arguments):
    app = typer.Typer()
    app.command()(models)
    return CliRunner().invoke(app, list(arguments))


def test_lists_every_network_with_its_size():
    result = run()
    assert result.exit_code == 0
    assert "efficientnetv2-xl" in result.stdout
    assert "efficientnet-l2" in result.stdout
    line = next(line for line in result.stdout.splitlines() if "efficientnetv2-s " in line)
    assert [cell.strip() for cell in line.split("│")[1:-1]] == [
        *("efficientnetv2-s", "21,612,360", "8.366", "300", "384", "40"),
    ]


def test_filter_keeps_matching_names():
    result = run("--filter", "v2")
    assert result.stdout.count("efficientnetv2-") == 18  # ten of them lite
    assert "efficientnet-" not in result.stdout


def test_filter_without_a_match_says_what_there_is():
    result = run("--filter", "v3")
    assert isinstance(result.exception, UsageError)
    assert "Got: 'v3'." in str(result.exception)
