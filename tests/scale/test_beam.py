"""The real Apache Beam, with its DirectRunner.

Command: make test-scale        (python -m pytest tests/scale, where Ray and Beam are installed)
"""

import json

import apache_beam as beam
import pytest
from apache_beam.io import fileio
from apache_beam.options.pipeline_options import PipelineOptions

from effnetv2_keras.inference.beam import predict_with_beam

# Beam leaves the files to the garbage collector that it reads
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def written(folder):
    """The rows that a pipeline wrote as JSON lines."""
    return [json.loads(line) for file in sorted(folder.glob("rows*")) for line in file.read_text().splitlines()]


def test_files_that_beam_reads_get_the_answers_of_the_command(model, photos, tmp_path, assert_as_predicted):
    with beam.Pipeline(runner="DirectRunner") as pipeline:
        (
            pipeline
            | fileio.MatchFiles(f"{photos}/**/*.jpg")
            | fileio.ReadMatches()
            | beam.Map(lambda file: {"path": file.metadata.path, "bytes": file.read()})
            | predict_with_beam(model, batch_size=4)
            | beam.Map(json.dumps)
            | beam.io.WriteToText(str(tmp_path / "rows"))
        )
    assert_as_predicted(written(tmp_path))


def test_paths_are_read_by_worker_processes(model, photos, tmp_path, assert_as_predicted):
    options = PipelineOptions(direct_running_mode="multi_processing", direct_num_workers=2)
    with beam.Pipeline(runner="DirectRunner", options=options) as pipeline:
        (
            pipeline
            | beam.Create([{"path": str(path)} for path in photos.rglob("*.jpg")])
            | beam.Reshuffle()
            | predict_with_beam(model, batch_size=4, threads=1)
            | beam.Map(json.dumps)
            | beam.io.WriteToText(str(tmp_path / "rows"))
        )
    assert_as_predicted(written(tmp_path))
