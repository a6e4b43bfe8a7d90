import re
from pathlib import Path

from pages import DOCS, run_page

import effnetv2_keras
from effnetv2_keras.data.sources.extras import OPENS

PAGE = DOCS / "data.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_example_runs():
    run_page(PAGE)


def test_the_extras_that_are_named_are_those_of_the_package():
    setup = (Path(effnetv2_keras.__file__).parents[1] / "setup.cfg").read_text(encoding="utf-8")
    named = set(re.findall(r"\| `\[(\w+)\]`", TEXT))
    assert named == {"parquet", "tfds", "arrayrecord", "hf"}
    assert named | {"scale"} == set(OPENS)  # that one reads no images
    assert all(f"\n{extra} =\n" in setup for extra in named)
