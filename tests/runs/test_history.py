import math

from effnetv2_keras.runs.history import read_history, write_history

ROWS = [
    {"epoch": 1.0, "loss": 1.0986122886681098, "val_accuracy": 1 / 3, "image_size": 128.0},
    {"epoch": 2.0, "loss": 1.25e-07, "val_accuracy": 0.6666666865348816, "image_size": 160.0},
]


def test_what_was_written_is_read_again_to_the_last_bit(tmp_path):
    write_history(tmp_path / "history.csv", ROWS)
    assert read_history(tmp_path / "history.csv") == ROWS


def test_the_file_opens_in_a_spreadsheet(tmp_path):
    write_history(tmp_path / "history.csv", ROWS)
    assert (tmp_path / "history.csv").read_text() == (
        "epoch,loss,val_accuracy,image_size\n"
        "1,1.0986122886681098,0.3333333333333333,128\n"
        "2,1.25e-07,0.6666666865348816,160\n"
    )


def test_a_loss_that_is_no_number_survives(tmp_path):
    write_history(tmp_path / "history.csv", [{"epoch": 1.0, "loss": math.nan}])
    (row,) = read_history(tmp_path / "history.csv")
    assert math.isnan(row["loss"])


def test_a_value_that_an_epoch_lacks_is_left_out(tmp_path):
    write_history(tmp_path / "history.csv", [{"epoch": 1.0, "loss": 0.5}, {"epoch": 2.0}])
    assert read_history(tmp_path / "history.csv")[1] == {"epoch": 2.0}


def test_no_file_and_no_rows_are_no_history(tmp_path):
    assert read_history(tmp_path / "history.csv") == []
    write_history(tmp_path / "history.csv", [])
    assert read_history(tmp_path / "history.csv") == []
