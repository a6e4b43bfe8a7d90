from types import SimpleNamespace

import pytest

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.training.early_stop import EarlyStop


@pytest.mark.parametrize(
    ("accuracies", "patience", "stopped_after"),
    [
        # phases of four epochs: 1-4 and 5-8
        ([0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 3, 7),  # earlier phases run to their end
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.4, 0.4, 0.6], 2, 7),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.4, 0.6, 0.5], 2, None),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5], 1, 6),  # as good is not better
        ([0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 5, None),
    ],
)
def test_stops_in_the_last_phase_after_its_patience(accuracies, patience, stopped_after):
    schedule = ProgressiveSchedule(epochs=8, num_phases=2, image_size=Ramp(32, 48))
    recorder = SimpleNamespace(rows=[])
    stop = EarlyStop(recorder, schedule, patience)
    stop.set_model(SimpleNamespace(stop_training=False))
    for epoch, accuracy in enumerate(accuracies):
        recorder.rows.append({"val_accuracy": accuracy})
        stop.on_epoch_end(epoch)
        if stop.model.stop_training:
            break
    assert stop.stopped_after == stopped_after
