import re
from pathlib import Path

import effnetv2_keras
from effnetv2_keras.data.sources.extras import OPENS

TEXT = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_example_runs():
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    exec(block, {})


def test_the_extras_that_are_named_are_those_of_the_package():
    setup = (Path(effnetv2_keras.__file__).parents[1] / "setup.cfg").read_text(encoding="utf-8")
    named = set(re.findall(r"\| `\[(\w+)\]`", TEXT))
    assert named == {"parquet", "tfds", "arrayrecord", "hf"}
    assert named | {"scale"} == set(OPENS)  # that one reads no images
    assert all(f"\n{extra} =\n" in setup for extra in named)
