import pytest

from effnetv2_keras.configs import ModelConfig, Stage, dump, get_config, list_configs, load_config
from effnetv2_keras.errors import UsageError

MINE = """\
name: mine
stem: 16
activation: hard_swish
stages:
  - [fused, 3, 2, 4, 24, 2]
  - {operator: mbconv, kernel: 5, stride: 2, expand: 6, channels: 48, layers: 3, se: 0.25}
head: 256
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return path

    return write


def test_reads_rows_as_lists_or_with_names(write):
    assert load_config(write(MINE)) == ModelConfig(
        name="mine",
        stem=16,
        activation="hard_swish",
        stages=(Stage("fused", 3, 2, 4, 24, 2), Stage("mbconv", 5, 2, 6, 48, 3, 0.25)),
        head=256,
    )


@pytest.mark.parametrize("name", list_configs())
def test_what_is_dumped_loads_back(name, write):
    config = get_config(name)
    assert load_config(write(dump(config))) == config


def test_dump_writes_a_line_a_stage():
    lines = dump(get_config("efficientnetv2-s")).splitlines()
    assert "  # operator, kernel, stride, expand, channels, layers, se" in lines
    assert lines[-1] == "  - [mbconv, 3, 2, 6, 256, 15, 0.25]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINE.replace("stem:", "stm:"), r"mine\.yaml: Unknown field: 'stm'\. Nearest: stem"),
        (MINE.replace("[fused,", "[fusd,"), r"Unknown operator: 'fusd'\. Nearest: fused\."),
        (MINE.replace("24, 2]", "24]"), r"A stage must be a list of operator, kernel"),
        (MINE.replace(" kernel: 5,", ""), r"A stage must have .* Missing: kernel\."),
        (MINE.replace("name: mine\n", ""), r"A model file must have `name`"),
        ("name: mine\nstages: 3\n", r"`stages` must be a list of rows\. Got: 3\."),
        ("just words", r"A model file must be a mapping of names to values\. Got: 'just words'\."),
        ("name: [", r"A model file must be YAML"),
    ],
)
def test_a_broken_file_is_answered_in_one_line(text, message, write):
    with pytest.raises(UsageError, match=message):
        load_config(write(text))


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UsageError, match=r"A model file must be readable\. Got: .*mine\.yaml' \(no text\)\."):
        load_config(tmp_path / "mine.yaml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"A model file must be readable\. Got: .*none\.yaml.*No such file"):
        load_config(tmp_path / "none.yaml")
