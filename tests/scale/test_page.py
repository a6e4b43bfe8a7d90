"""What docs/methods/predict_many.md says of Ray Data, Beam and Spark, with folders of this machine in place of buckets.

Spark itself is not run: its function is given frames as Spark gives them.
"""

import ast

import apache_beam  # noqa: F401  (the block of the page imports it, and it warns when it is imported first in there)
import pandas as pd
import pytest
import ray
from pages import DOCS, blocks, execute, replaced
from pyarrow import parquet

PAGE = DOCS / "methods" / "predict_many.md"
_, RAY, BEAM, SPARK = blocks(PAGE)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")
def test_ray(model, photos, tmp_path, assert_as_predicted):
    said = {'"s3://photos/"': repr(str(photos)), '"/models/photos"': repr(str(model)), "s3://answers/": str(tmp_path)}
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)
    try:
        execute(PAGE, replaced(RAY, said))
    finally:
        ray.shutdown()
    assert_as_predicted(parquet.read_table(tmp_path).to_pylist())


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_beam(model, photos, capfd, assert_as_predicted):
    said = {
        '"gs://photos/**.jpg"': repr(f"{photos}/**.jpg"),
        '"/models/photos"': repr(str(model)),
        "beam.Pipeline()": 'beam.Pipeline(runner="DirectRunner")',
    }
    execute(PAGE, replaced(BEAM, said))
    lines = capfd.readouterr().out.splitlines()
    assert_as_predicted([ast.literal_eval(line) for line in lines if line.startswith("{")])


def test_spark(model, photos, assert_as_predicted):
    recipe = execute(PAGE, replaced(SPARK.split("# ---\n")[1], {"/models/photos": str(model)}))
    files = sorted(photos.rglob("*.jpg"))
    frame = pd.DataFrame({"path": [str(file) for file in files], "content": [file.read_bytes() for file in files]})
    found = list(recipe["answers"](iter([frame[:5], frame[5:]])))
    assert [len(one) for one in found] == [5, 9]
    rows = [row for one in found for row in one.astype(object).where(one.notna(), None).to_dict("records")]
    assert_as_predicted(rows)
