import typer
from typer.testing import CliRunner

from effnetv2_keras.cli.profile import profile
from effnetv2_keras.configs import dump, get_config


def run(*arguments):
    app = typer.Typer()
    app.command()(profile)
    return CliRunner().invoke(app, list(arguments))


def cells(stdout, start):
    line = next(line for line in stdout.splitlines() if line.strip("│ ").startswith(start))
    return [cell.strip() for cell in line.split("│")[1:-1]]


def test_prints_a_line_a_stage():
    result = run("efficientnetv2-s", "--image-size", "300")
    assert result.exit_code == 0
    assert cells(result.stdout, "6  ") == [
        *("6", "MBConv6, k3x3, SE0.25", "10 x 10 x 256", "14,659,368", "67.8", "1,204.1", "22.7", "5.15", "22.7"),
    ]
    assert cells(result.stdout, "total")[3:7] == ["21,612,360", "100.0", "5,307.6", "100.0"]


def test_takes_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(dump(get_config("efficientnetv2-b0").replace(name="mine")))
    result = run(str(path), "--image-size", "224", "--num-classes", "10")
    assert result.exit_code == 0
    assert "mine, 224 x 224 px, 10 classes" in result.stdout
    assert "5,932,122" in result.stdout
