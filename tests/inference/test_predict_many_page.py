"""What docs/methods/predict_many.md says of `PredictBatch`; `make test-scale` runs its engines."""

import pytest
from pages import DOCS, blocks, execute, replaced

PAGE = DOCS / "methods" / "predict_many.md"


def test_files_and_bytes_of_the_page_are_answered(forms, mixed_files, tmp_path, monkeypatch):
    content = mixed_files[0].read_bytes()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    from_files, from_bytes = blocks(PAGE)[0].rsplit("columns = ", 1)
    here = {"runs/photos/export/photos": str(forms["saved_model"])}
    names = execute(PAGE, replaced(from_files, here))
    read = names["columns"]
    assert list(read) == ["path", "label", "score", "labels", "scores", "error"]
    assert (read["path"], read["error"]) == (["a.jpg", "b.jpg"], [None, None])
    given = execute(PAGE, f"columns = {from_bytes}", {**names, "content": content})["columns"]
    assert (given["path"], given["labels"]) == (["s3://photos/a.jpg"], read["labels"][:1])
    assert given["scores"][0] == pytest.approx(read["scores"][0], abs=1e-6)
