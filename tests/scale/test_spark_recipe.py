"""What the recipe for Spark hands to `mapInPandas`, with frames as Spark gives them. Spark itself is not run."""

from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parents[2] / "docs" / "methods" / "predict_many.md"


def test_the_function_of_the_recipe_answers_frame_by_frame(model, photos, assert_as_predicted):
    code = PAGE.read_text(encoding="utf-8").split("# ---\n")[1].replace("/models/photos", str(model))
    recipe = {}
    exec(compile(code, str(PAGE), "exec"), recipe)
    files = sorted(photos.rglob("*.jpg"))
    frame = pd.DataFrame({"path": [str(file) for file in files], "content": [file.read_bytes() for file in files]})
    found = list(recipe["answers"](iter([frame[:5], frame[5:]])))
    assert [len(one) for one in found] == [5, 9]
    rows = [row for one in found for row in one.astype(object).where(one.notna(), None).to_dict("records")]
    assert_as_predicted(rows)
