"""What a notebook holds after a training in it: a real kernel, and what it sent."""

import pytest

CELL = """
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.training.run import prepare, train

settings = TrainSettings({photos!r}, model={model!r}, epochs=2, progressive="32:40/2", batch_size=2, validation=0.25)
training = prepare(settings, {out!r}, say=lambda text: None)
rows = train(training)
"""


@pytest.fixture
def outputs(photo_folder, tiny_model_file, tmp_path):
    import nbclient
    import nbformat

    cell = CELL.format(photos=str(photo_folder), model=str(tiny_model_file), out=str(tmp_path / "run"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return notebook.cells[0].outputs


def test_a_training_leaves_one_output_with_a_line_an_epoch(outputs):
    shown = [output for output in outputs if output.output_type == "display_data"]
    assert len(shown) == 1
    assert set(shown[0].data) == {"text/plain"}
    lines = shown[0].data["text/plain"].splitlines()
    assert [line.split("  loss")[0] for line in lines] == [
        "epoch   1/2  phase 1/2   32 px",
        "epoch   2/2  phase 2/2   40 px",
    ]
    assert all(line.endswith(" left") for line in lines)
    told = "".join(output.get("text", "") for output in outputs if output.get("name") == "stdout")
    assert "\r" not in told
    assert "\x1b" not in told
