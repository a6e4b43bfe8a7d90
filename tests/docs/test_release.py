"""What is said of the release in several places is the same in all; and no notebook holds a path of a machine."""

import configparser
import json
import re
from pathlib import Path

import pytest
import yaml

from effnetv2_keras.version import __version__

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
ADDRESS = SETUP["metadata"]["url"]
PATHS = ("/work/", "/tmp/", "/home/", "/root/", "/Users/", "site-packages")


def test_the_repository_has_one_address():
    assert re.search(r"^repo_url: (.*)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)[1] == ADDRESS
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["repository-code"] == ADDRESS


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == __version__ == "0.1.0"
    assert f"\n## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_floors_are_those_of_the_package():
    from floors import floors

    assert "tensorflow==2.21" in floors()
    assert len(floors()) == 10
    assert all(re.fullmatch(r"[a-z0-9]+==[\d.]+", floor) for floor in floors())


def test_continuous_integration_calls_targets_that_are_there():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yml").read_text("utf-8"))["jobs"]
    called = {step["run"] for job in jobs.values() for step in job["steps"] if "run" in step}
    assert called == {"make check", "make test-floor", "make docs", "make release-check"}
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert {command.split()[1] for command in called} <= set(targets)
    assert jobs["check"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def texts(value):
    """Yields every text in a notebook, pictures left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from () if name.startswith("image/") else texts(one)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_came_out_and_nothing_of_the_machine(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    said = list(texts(cells))
    assert [text for text in said if any(part in text for part in PATHS)] == []
    assert [text for text in said if re.search(r"WARNING|Warning:|cudart_stub|oneDNN|\bI0000\b", text)] == []
    assert any(cell.get("outputs") for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_in_colab_and_sets_itself_up_there(path):
    first, setup = json.loads(path.read_text("utf-8"))["cells"][:2]
    where = f"{ADDRESS.removeprefix('https://github.com/')}/blob/main/notebooks/{path.name}"
    assert f"](https://colab.research.google.com/github/{where})" in "".join(first["source"])
    assert f"git clone --quiet --depth 1 {ADDRESS}\n" in "".join(setup["source"])
