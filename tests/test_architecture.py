import ast
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import rooms_picture
from rooms import FILES, FLOORS, PACKAGE, imports_of, room_of, rooms_imported

ROOT = Path(__file__).parents[1]
CODE = sorted(
    path
    for top in ("effnetv2_keras", "tests", "benchmarks", "examples", "export", "docs")
    for path in (ROOT / top).rglob("*.py")
)


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


def test_files_stay_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert statistics.median(lengths[path] for path in FILES) <= 110
    long = {path for path, length in lengths.items() if length >= 300}
    assert long & set(FILES) == set()
    assert {str(path) for path in long if "Long because" not in path.read_text(encoding="utf-8")[:400]} == set()


def body_lines(function):
    """Counts the lines of a function without signature and docstring: those of a verb are its help."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return body[-1].end_lineno - body[0].lineno + 1


def test_functions_stay_short():
    long = [
        f"{path}: {node.name}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and body_lines(node) > 60
    ]
    assert long == []


def test_a_long_body_is_seen():
    [function] = ast.parse("def f():\n    'about'\n" + "    x = 1\n" * 61).body
    assert body_lines(function) == 61


WRITTEN = {"__pycache__", ".ipynb_checkpoints", "runs"}  # by Python, notebooks and examples


def folders():
    """Yields the folders that hold files; those of tests that mirror a folder of the package are left out."""
    tops = [
        ROOT / name for name in ("benchmarks", "docs", "examples", "export", "notebooks", "tests", ".ci", ".github")
    ]
    for path in sorted(path for top in (PACKAGE, *tops) for path in (top, *top.rglob("*")) if path.is_dir()):
        name = path.relative_to(ROOT).as_posix()
        is_mirror = name.startswith("tests/") and (PACKAGE / name.removeprefix("tests/")).is_dir()
        is_written = WRITTEN & set(name.split("/")) and not name.startswith(f"{PACKAGE.name}/runs")
        if any(child.is_file() for child in path.iterdir()) and not is_mirror and not is_written:
            yield name.removeprefix(f"{PACKAGE.name}/")


def test_every_folder_says_what_it_is_for():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = [name for name in folders() if name != PACKAGE.name]
    assert "docs/methods" in names
    assert [name for name in names if f"| `{name}/` | " not in page] == []


def test_every_folder_of_the_page_is_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    inside, beside = page.partition("## Rooms")[2].split("## Beside the package")
    for text, root in ((inside, PACKAGE), (beside, ROOT)):
        named = re.findall(r"^\| `([^`]+)/` \|", text, re.M)
        assert len(named) > 20
        assert [name for name in named if not (root / name).is_dir()] == []


def test_the_picture_and_the_table_show_the_imports_of_now():
    assert rooms_picture.PICTURE.read_text(encoding="utf-8") == rooms_picture.picture()
    page = rooms_picture.PAGE.read_text(encoding="utf-8")
    assert page == rooms_picture.with_table(page)
    assert "| 2 | `runs` | `configs`, `files` |\n" in page


def test_the_picture_leaves_out_what_another_way_leads_to():
    imported = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set()}
    floors = {"bottom": 0, "middle": 1, "top": 2}
    assert rooms_picture.nearest("top", imported) == {"middle"}
    assert rooms_picture.picture(imported, floors).count("marker-end") == 2


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
