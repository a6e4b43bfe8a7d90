import json

import pytest

from effnetv2_keras.version import __version__

WITHOUT_TENSORFLOW = """
import sys
try:
    {statement}
except SystemExit:
    pass
heavy = [name for name in ("tensorflow", "keras", "numpy", "matplotlib") if name in sys.modules]
print("loaded:", heavy, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "statement",
    [
        "import effnetv2_keras.configs",
        "import effnetv2_keras",
        "from effnetv2_keras.cli.main import main; main(['--help'])",
        "from effnetv2_keras.cli.main import main; main(['train', '--help'])",
        "from effnetv2_keras.cli.main import main; main(['predict', '--help'])",
        "from effnetv2_keras.cli.main import main; main(['predict-many', '--help'])",
        "from effnetv2_keras.cli.main import main; main(['--version'])",
        "from effnetv2_keras.cli.main import main; main(['train', 'photos', '--out', 'x', '--epochs', '0'])",
    ],
)
def test_facts_and_help_come_without_tensorflow(python, statement):
    done = python("-c", WITHOUT_TENSORFLOW.format(statement=statement))
    assert done.err.splitlines()[-1] == "loaded: []"


def test_help_names_every_verb(cli):
    done = cli("--help")
    assert done.code == 0
    for verb in ("train", "evaluate", "predict", "export", "doctor", "models", "profile"):
        assert f" {verb} " in done.out


def test_no_arguments_show_the_help(cli):
    assert "Usage: effnetv2" in cli().out + cli().err


def test_version_is_one_line(cli):
    assert cli("--version").out == f"effnetv2_keras {__version__}\n"


def test_the_command_is_installed():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="effnetv2")
    assert script.value == "effnetv2_keras.cli.main:main"


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["train"],
        ["train", "photos"],
        ["train", "photos", "--out", "x", "--epochs", "many"],
        ["export", "run"],
        ["export", "run", "--to", "coreml"],
        ["predict", "model"],
    ],
)
def test_a_line_that_cannot_be_read_ends_with_exit_code_2(cli, words):
    done = cli(*words)
    assert done.code == 2
    assert "Usage: effnetv2" in done.err
    assert done.out == ""


def test_a_mistake_is_one_sentence_without_a_traceback(python, tmp_path):
    done = python("-m", "effnetv2_keras.cli.main", "train", tmp_path / "nothing", "--out", tmp_path / "run")
    assert done.code == 3
    assert done.err == f"effnetv2: No such directory: {tmp_path}/nothing.\n"
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("place", [0, 6])
def test_debug_shows_the_traceback_wherever_it_stands(python, tmp_path, place):
    words = ["train", tmp_path / "nothing", "--out", tmp_path / "run", "--epochs", "5"]
    done = python("-m", "effnetv2_keras.cli.main", *words[:place], "--debug", *words[place:])
    assert done.code == 1
    assert "Traceback (most recent call last)" in done.err
    assert done.err.splitlines()[-1].endswith(f"DataError: No such directory: {tmp_path}/nothing.")


def test_a_folder_that_cannot_be_written_is_one_sentence(cli, photo_folder, tiny_model_file, tmp_path):
    (tmp_path / "file").touch()
    done = cli("train", photo_folder, "--model", tiny_model_file, "--out", tmp_path / "file" / "run")
    assert done.code == 3
    assert done.err.startswith("effnetv2: Not a directory: ")


def test_json_of_a_real_process_is_alone_on_its_output(python, session):
    done = python("-m", "effnetv2_keras.cli.main", "predict", session.model("tflite"), session.photos, "--json")
    assert done.code == 0
    assert done.err == ""
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert len(answers) == 33
