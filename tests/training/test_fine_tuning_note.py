"""The example of docs/methods/fine_tuning.md runs as it stands."""

import re
from pathlib import Path

import pytest

NOTE = Path(__file__).parents[2] / "docs" / "methods" / "fine_tuning.md"


def test_the_note_compiles_what_it_says():
    [block] = re.findall(r"```python\n(.*?)```", NOTE.read_text(encoding="utf-8"), re.S)
    names = {"__name__": "note"}
    exec(compile(block, str(NOTE), "exec"), names)
    classifier, rates = names["clf"], names["rates"]
    assert classifier.head_epochs == 2
    assert classifier.optimizer.layer_rates == rates
    assert (len(rates), rates["stem"], rates["head"], rates["logits"]) == (24, pytest.approx(0.0059, abs=1e-4), 0.8, 1)
    learning = [layer.name for layer in classifier.network.layers if layer.trainable_weights]
    assert learning[0] == "stage3_block1"
