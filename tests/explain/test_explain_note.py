"""The page on explaining answers: its Python runs, and what it says comes out does."""

import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs" / "methods" / "explain.md").read_text(encoding="utf-8")
[CODE] = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def test_the_code_gives_what_it_says():
    names = {}
    exec(compile(CODE, "explain.md", "exec"), names)
    seen = names["seen"]
    assert (seen.source, seen.maps.shape, seen.heat.shape) == ("head", (2, 2, 3), (2, 64, 96))
    assert (names["pictures"].shape, names["pictures"].dtype) == ((2, 64, 96, 3), "uint8")


def test_every_view_in_the_table_is_one():
    from effnetv2_keras.inference.views import parse_views

    table = TEXT.partition("| `--tta` |")[2].partition("\n\n")[0]
    views = re.findall(r"^\| `([^`]+)` \|", table, re.M)
    assert [str(parse_views("--tta", text)) for text in views] == views == ["flip", "fivecrop", "scales=0.9:1.1"]
