import pytest

from effnetv2_keras.configs.yaml_text import read_yaml_text, write_yaml_text
from effnetv2_keras.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5:15", "5:15"),  # 315 in YAML 1.1
        ("1:30.5", "1:30.5"),
        ("128:300", "128:300"),
        ("1e-5", 1e-5),  # text in YAML 1.1
        ("-.5", -0.5),
        ("1.", 1.0),
        ("010", 10),
        ("-3", -3),
        ("true", True),
        ("no", "no"),
        ("none", "none"),
        ("null", None),
        ("", None),
        ("[a, 2, 0.1]", ["a", 2, 0.1]),
        ("{a: 1}", {"a": 1}),
        ("resnet-50", "resnet-50"),
    ],
)
def test_words_mean_what_people_mean(text, value):
    read = read_yaml_text(text, "it")
    assert read == value
    assert type(read) is type(value)


def test_what_is_written_reads_back():
    values = {"a": {"b": 1e-5, "c": None, "d": []}, "text": "1e5", "more": "5:15", "list": [{"x": 1}, {"x": 2}]}
    assert read_yaml_text(write_yaml_text(values), "it") == values


def test_what_is_no_yaml_is_refused():
    with pytest.raises(UsageError, match="A recipe file must be YAML. Got: "):
        read_yaml_text("a: [", "A recipe file")
