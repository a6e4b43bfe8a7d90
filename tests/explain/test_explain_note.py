"""The page on explaining answers: its Python runs, and what it says comes out does."""

import re

from pages import DOCS, run_page

PAGE = DOCS / "methods" / "explain.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_code_gives_what_it_says():
    names = run_page(PAGE)
    seen = names["seen"]
    assert (seen.source, seen.maps.shape, seen.heat.shape) == ("head", (2, 2, 3), (2, 64, 96))
    assert (names["pictures"].shape, names["pictures"].dtype) == ((2, 64, 96, 3), "uint8")


def test_every_view_in_the_table_is_one():
    from effnetv2_keras.inference.views import parse_views

    table = TEXT.partition("| `--tta` |")[2].partition("\n\n")[0]
    views = re.findall(r"^\| `([^`]+)` \|", table, re.M)
    assert [str(parse_views("--tta", text)) for text in views] == views == ["flip", "fivecrop", "scales=0.9:1.1"]
