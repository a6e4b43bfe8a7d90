"""What the site computes while it is built, and that its pages name what is there. `make docs` builds it."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

import effnetv2_keras

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REPOSITORY = "https://example.org/repository"


@pytest.fixture
def hook(monkeypatch):
    """Imports one of the site's hooks by name."""
    monkeypatch.syspath_prepend(str(DOCS / "hooks"))
    yield importlib.import_module
    for name in ("zoo", "outside_pages", "notebook_pages"):
        sys.modules.pop(name, None)


def test_the_zoo_is_counted_from_the_configs(hook):
    zoo = hook("zoo")
    assert "| `efficientnetv2-s` | 21,612,360 | 8.366 | 300 | 384 | 40 |\n" in zoo.networks()
    assert "| `efficientnetv2-s` | `imagenet21k-ft1k` | 1,000 | 384 | inception | finetune |\n" in zoo.weights()
    assert "| `paper:efficientnetv2-s` | 350 | 4096 | 384 |\n" in zoo.recipes()


def test_each_table_has_its_place_on_the_page(hook):
    named = re.findall(r"^<!-- table: (\w+) -->$", (DOCS / "zoo.md").read_text(encoding="utf-8"), re.M)
    assert named == list(hook("zoo").TABLES) == ["networks", "weights", "recipes"]


@pytest.mark.parametrize(
    ("page", "link", "rewritten"),
    [
        ("methods/search.md", "../../notebooks/06_search.ipynb", "../notebooks/06_search.md"),
        ("methods/mobile.md", "../../export/mobile/README.md", "../kit/mobile.md"),
        ("methods/search.md", "../../export/search/compose.yaml", f"{REPOSITORY}/blob/main/export/search/compose.yaml"),
        ("methods/mobile.md", "tflite.md#gate", "tflite.md#gate"),
        ("kit/index.md", "../docs/methods/saved_model.md", "../methods/saved_model.md"),
        ("kit/index.md", "mobile/README.md", "mobile.md"),
        ("notebooks/06_search.md", "../docs/methods/search.md", "../methods/search.md"),
        ("notebooks/05_mobile.md", "01_quickstart.ipynb", "01_quickstart.md"),
        ("index.md", "https://keras.io", "https://keras.io"),
    ],
)
def test_a_link_leads_to_the_page_or_the_repository(hook, page, link, rewritten):
    hooks = hook("outside_pages")
    found = hooks.LINK.fullmatch(f"]({link})")
    assert hooks.rewritten(found, hooks.source_of(page), page, REPOSITORY) == f"]({rewritten})"


def test_a_notebook_becomes_a_page_with_its_outputs(hook, tmp_path):
    printed = {"output_type": "stream", "text": ["\x1b[1mone\x1b[0m\n", "two\n"]}
    drawn = {"output_type": "display_data", "data": {"image/png": "aGVsbG8="}}
    cells = [
        {"cell_type": "markdown", "source": ["# Title [![Open](https://a.b/c.svg)](https://a.b/c)"]},
        {"cell_type": "code", "id": "colab", "source": ["install()"], "outputs": []},
        {"cell_type": "code", "id": "one", "source": ["work()"], "outputs": [printed, drawn]},
    ]
    (tmp_path / "09_x.ipynb").write_text(json.dumps({"cells": cells}))
    text, pictures = hook("notebook_pages").as_markdown(tmp_path / "09_x.ipynb")
    assert text == (
        "# Title [Open](https://a.b/c)\n\n```python\nwork()\n```\n\n"
        "```{ .text .output }\none\ntwo\n```\n\n![Output](09_x_0.png)\n"
    )
    assert pictures == {"09_x_0.png": b"hello"}


def test_every_public_name_has_a_place_in_the_api():
    named = set()
    for page in (DOCS / "api").glob("*.md"):
        named |= set(re.findall(r"^::: effnetv2_keras\.([\w.]+)$", page.read_text(encoding="utf-8"), re.M))
    assert {f"{home}.{name}" for name, home in effnetv2_keras.HOMES.items()} <= named
    assert len(named) > 50


def test_links_lead_somewhere_in_the_repository_too():
    broken = []
    for page in DOCS.rglob("*.md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
        broken += [f"{page.name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert broken == []


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert [page for page in pages if not re.search(rf"[ ]{re.escape(page)}$", nav, re.M)] == []
