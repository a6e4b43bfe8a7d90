"""The real Ray Data, on this machine.

Command: make test-scale        (python -m pytest tests/scale, where Ray and Beam are installed)
"""

import pytest
import ray
import ray.data
from pyarrow import parquet

from effnetv2_keras.cli.main import main
from effnetv2_keras.inference.ray_data import predict_with_ray

# Ray warns of its own settings
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
TYPES = ["string", "string", "double", "list<item: string>", "list<item: double>", "string"]


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """Two cores of this machine."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_files_that_ray_reads_get_the_answers_of_the_command(model, photos, assert_as_predicted):
    images = ray.data.read_binary_files(str(photos), include_paths=True)
    assert_as_predicted(predict_with_ray(images, model, batch_size=4).take_all())


def test_paths_are_read_by_the_actors(model, photos, assert_as_predicted):
    images = ray.data.from_items([{"path": str(path)} for path in photos.rglob("*.jpg")])
    assert_as_predicted(predict_with_ray(images, model, batch_size=4, workers=2).take_all())


def test_types_stay_where_no_image_can_be_read(model, tmp_path):
    images = ray.data.from_items([{"path": str(tmp_path / "gone.jpg")}])
    answers = predict_with_ray(images, model, workers=1).materialize()
    assert list(map(str, answers.schema().types)) == TYPES
    assert answers.take_all() == [
        {
            "path": f"{tmp_path}/gone.jpg",
            "label": None,
            "score": None,
            "labels": [],
            "scores": [],
            "error": "No such file or directory",
        }
    ]


def test_ray_writes_the_table_that_predict_many_writes(model, photos, tmp_path, assert_as_predicted):
    images = ray.data.read_binary_files(str(photos), include_paths=True)
    predict_with_ray(images, model).write_parquet(str(tmp_path / "ray"))
    with pytest.raises(SystemExit, match="0"):
        main(["predict-many", str(model), str(photos), str(tmp_path / "ours"), "--workers", "1"])
    theirs, ours = (parquet.read_table(tmp_path / name) for name in ("ray", "ours"))
    assert theirs.schema.names == ours.schema.names
    assert [field.type for field in theirs.schema] == [field.type for field in ours.schema]
    for table in (theirs, ours):
        assert_as_predicted(table.to_pylist())
