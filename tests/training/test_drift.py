import pytest

from effnetv2_keras.training.drift import differences

HERE = {"images": 8, "classes": {"cat": 4, "dog": 4}, "sha256": "ab" * 32, "rows": ["a", "b"]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"images": 9}, ["train.images: 8 -> 9"]),
        ({"classes": {"cat": 4, "dog": 5}}, ["train.classes.dog: 4 -> 5"]),
        ({"classes": {"cat": 4, "cow": 4}}, ["train.classes.dog: 4 -> None", "train.classes.cow: None -> 4"]),
        ({"sha256": "cd" * 32}, ["train.sha256: abababababab... -> cdcdcdcdcdcd..."]),
        ({"rows": ["a", "c"]}, ["train.rows.1: b -> c"]),
        ({"rows": ["a"]}, ["train.rows: ['a', 'b'] -> ['a']"]),
    ],
)
def test_what_differs_is_named_and_nothing_else(changes, said):
    assert differences({"train": HERE}, {"train": {**HERE, **changes}}) == said
