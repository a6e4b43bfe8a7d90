"""Every promise of docs/methods/faults.md names a test that is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TABLE = (TESTS.parent / "docs" / "methods" / "faults.md").read_text(encoding="utf-8").partition("**Promises.**")[2]
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_promise_is_held_by_a_test_that_is_there(row):
    _fault, promise, held_by = row
    path, name = re.fullmatch(r"`([\w/]+\.py)::(\w+)`", held_by).groups()
    code = (TESTS / path).read_text(encoding="utf-8")
    found = re.search(rf"((?:^@.*\n(?:^[ \])].*\n)*)*)^def {name}\(", code, re.M)
    assert found is not None
    assert ("mark.slow" in found[1]) == promise.endswith("*")


def test_the_table_holds_many_promises():
    assert len(ROWS) >= 20
