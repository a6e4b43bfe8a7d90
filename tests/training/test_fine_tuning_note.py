"""The example of docs/methods/fine_tuning.md runs as it stands."""

import pytest
from pages import DOCS, run_page

NOTE = DOCS / "methods" / "fine_tuning.md"


def test_the_note_compiles_what_it_says():
    names = run_page(NOTE)
    classifier, rates = names["clf"], names["rates"]
    assert classifier.head_epochs == 2
    assert classifier.optimizer.layer_rates == rates
    assert (len(rates), rates["stem"], rates["head"], rates["logits"]) == (24, pytest.approx(0.0059, abs=1e-4), 0.8, 1)
    learning = [layer.name for layer in classifier.network.layers if layer.trainable_weights]
    assert learning[0] == "stage3_block1"
