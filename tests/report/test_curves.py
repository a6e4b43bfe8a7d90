import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.configs.ramp import Ramp
from effnetv2_keras.configs.schedule import ProgressiveSchedule
from effnetv2_keras.report.curves import draw_curves

SCHEDULE = ProgressiveSchedule(epochs=6, num_phases=3, image_size=Ramp(32, 64))


def row(epoch, loss):
    return {"epoch": epoch, "loss": loss, "accuracy": 0.5, "val_loss": loss, "val_accuracy": 0.4}


@pytest.mark.parametrize("epochs", [1, 6])
def test_writes_a_picture_of_a_whole_or_a_short_history(tmp_path, epochs):
    draw_curves([row(epoch + 1.0, 1 / (epoch + 1)) for epoch in range(epochs)], SCHEDULE, tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 480))
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20  # something is drawn
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]


def test_a_loss_that_is_no_number_does_not_stop_the_picture(tmp_path):
    draw_curves([row(1.0, 0.5), row(2.0, float("nan"))], SCHEDULE, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").is_file()


def test_phases_are_bands_of_two_tints(tmp_path):
    draw_curves([row(1.0, 0.5)], SCHEDULE, tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as picture:
        line = np.asarray(picture.convert("L"))[400, 60:580]  # below the curve of the left panel
    tints, counts = np.unique(line, return_counts=True)
    assert {234, 247} <= set(tints[counts > 80].tolist())  # 6 and 16 % of middle grey on white
