"""The example of docs/methods/optimisation.md runs as it stands."""

import pytest
from keras import ops
from pages import DOCS, run_page

from effnetv2_keras.training.rmsprop import RMSPropTF

NOTE = DOCS / "methods" / "optimisation.md"


def test_the_note_compiles_what_was_published():
    names = run_page(NOTE)
    classifier = names["clf"]
    assert type(classifier.optimizer) is RMSPropTF
    assert (classifier.l2.rate, classifier.ema.decay, len(classifier.ema.averages)) == (1e-5, 0.9999, 361)
    rates = [float(ops.convert_to_tensor(names["rate"](step))) for step in (0, 12_510, 25_020)]
    assert rates == pytest.approx([0.0, 0.008, 0.016 * 0.9409], rel=1e-5)  # two stairs of 0.97 are behind
