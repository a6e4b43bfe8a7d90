import copy

import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.inference.claimed_folder import claimed

WANTED = {
    "model": {"path": "runs/a", "sha256": "1" * 64},
    "images": {"source": "photos", "count": 3, "sha256": "2" * 64},
    "format": "csv",
    "shard_size": 10,
    "top": 5,
}


def changed(**facts):
    wanted = copy.deepcopy(WANTED)
    for name, value in facts.items():
        wanted[name] = wanted[name] | value if isinstance(value, dict) else value
    return wanted


def test_the_same_may_come_again_wherever_the_model_and_the_images_have_gone(tmp_path):
    with claimed(tmp_path / "out", WANTED):
        pass
    with claimed(tmp_path / "out", changed(model={"path": "elsewhere"}, images={"source": "elsewhere"})):
        pass


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"model": {"path": "runs/b", "sha256": "3" * 64}}, "the model: path runs/a -> runs/b"),
        ({"model": {"sha256": "3" * 64}}, "the model: sha256 111111111111 -> 333333333333"),
        ({"images": {"count": 4, "sha256": "3" * 64}}, "the images: count 3 -> 4"),
        ({"images": {"source": "new", "sha256": "3" * 64}}, "the images: source photos -> new"),
        ({"images": {"sha256": "3" * 64}}, "the images: sha256 222222222222 -> 333333333333"),
        ({"top": 1, "shard_size": 5}, "--shard-size: 10 -> 5; --top: 5 -> 1"),
        ({"format": "parquet"}, "--format: csv -> parquet"),
    ],
)
def test_something_else_is_refused_with_what_differs(tmp_path, facts, said):
    with claimed(tmp_path, WANTED):
        pass
    with pytest.raises(UsageError) as refused, claimed(tmp_path, changed(**facts)):
        pass
    assert str(refused.value) == (
        f"OUT must be a new folder or hold predictions of the same command. Got: {tmp_path}, which differs in {said}."
    )


@pytest.mark.parametrize(("name", "text"), [("a.txt", ""), ("_manifest.json", "{}"), ("_manifest.json", "[")])
def test_files_of_somebody_else_are_left_alone(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match="must be a new folder or one of predictions"), claimed(tmp_path, WANTED):
        pass
    assert (tmp_path / name).read_text() == text
