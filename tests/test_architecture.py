import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import effnetv2_keras

PACKAGE = Path(effnetv2_keras.__file__).parent
FLOORS = {
    "configs": 0,
    "files": 0,
    "layers": 1,
    "augment": 1,
    "models": 2,
    "data": 2,
    "runs": 2,
    "training": 3,
    "inference": 3,
    "explain": 3,
    "export": 4,
    "report": 4,
    "serving": 5,
    "nas": 5,
    "cli": 6,
}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)


def room_of(path):
    return path.relative_to(PACKAGE).parts[0]


def imports_of(path):
    """Yields every module that a file names in an import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module


def rooms_imported(path):
    for module in imports_of(path):
        parts = module.split(".")
        if parts[0] == "effnetv2_keras" and len(parts) > 1 and (PACKAGE / parts[1]).is_dir():
            yield parts[1]


def test_every_room_stands_on_a_floor():
    assert {room_of(path) for path in FILES} <= set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_floors_below(path):
    room = room_of(path)
    above = [other for other in rooms_imported(path) if other != room and FLOORS[other] >= FLOORS[room]]
    assert above == []


@pytest.mark.parametrize("room", ["configs", "layers", "augment", "models"])
def test_model_code_imports_no_tensorflow(room):
    files = [path for path in FILES if room_of(path) == room and "tensorflow" not in path.parts]
    named = {
        str(path): [module for module in imports_of(path) if module.split(".")[0] == "tensorflow"] for path in files
    }
    assert {path: modules for path, modules in named.items() if modules} == {}


def test_no_file_is_a_room_without_a_subject():
    assert [path.name for path in FILES if path.stem in {"utils", "util", "common", "helpers", "misc"}] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_under_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300


@pytest.mark.parametrize(
    "code",
    [
        "import effnetv2_keras.configs",
        "import effnetv2_keras; effnetv2_keras.get_config('efficientnetv2-s'); effnetv2_keras.Ramp(1, 2)",
        "import effnetv2_keras.cli.main",
    ],
)
def test_facts_and_the_command_line_load_no_framework(code):
    report = (
        "import json, sys; print(json.dumps([m for m in ('tensorflow', 'keras', 'numpy', 'jax') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", f"{code}; {report}"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
