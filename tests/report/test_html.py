import doctest

import pytest

from effnetv2_keras.report import html, line_chart, measured, mistakes, trained
from effnetv2_keras.report.html import command, table

ALERT = "<script>alert('x')</script>"


@pytest.mark.parametrize("module", [html, line_chart, measured, mistakes, trained])
def test_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_a_long_command_has_an_option_a_line_and_is_still_the_same_command():
    text = f"effnetv2 train 'my --photos' --epochs 3 --model {'x' * 90} --out run"
    assert command(text) == (
        '<pre tabindex="0"><code>effnetv2 train &#x27;my --photos&#x27; \\\n    --epochs 3 \\\n'
        f"    --model {'x' * 90} \\\n    --out run</code></pre>"
    )


def test_what_stands_in_cells_is_text():
    assert ALERT not in table([ALERT], [[ALERT, ALERT]], ALERT)
