"""Whether a run is measured on images that it was trained on, which says little of new ones."""

from __future__ import annotations

from pathlib import Path

from effnetv2_keras.report.measured import Measured
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml

WARNING = "Images that it was trained on are among them: of new ones fewer will be right."


def was_trained_on(measured: Measured) -> bool:
    """Tells whether training images are among those measured.

    So it is where a run's own data have no split of their own: then everything in them is measured.

    Raises:
        DataError: if a file of the run holds anything else than a run writes.
    """
    run = RunDirectory(measured.model)
    if measured.kind != "run" or not run.is_run or not run.data_file.is_file():
        return False
    data = run.settings().data
    is_same = data == measured.data or Path(data).resolve() == Path(measured.data).resolve()
    return is_same and len(measured.split) > int(read_yaml(run.data_file)["num_validation_images"])
