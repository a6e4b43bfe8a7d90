import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

import effnetv2_keras
from effnetv2_keras.configs import ModelConfig, Stage, get_config
from effnetv2_keras.errors import UsageError

ROOT = Path(effnetv2_keras.__file__).parents[1]
ROW = Stage("mbconv", 3, 1, 4, 16, 2, 0.25)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operator": "mbcon"}, r"Unknown operator: 'mbcon'\. Nearest: mbconv\."),
        ({"kernel": 4}, r"`kernel` must be an odd whole number of at least 1\. Got: 4\."),
        ({"stride": 3}, r"`stride` must be one of 1, 2\. Got: 3\."),
        ({"expand": 0}, r"`expand` must be a finite number of at least 0\.015625\. Got: 0\."),
        ({"expand": float("inf")}, r"`expand` must be a finite number of at least 0\.015625\. Got: inf\."),
        ({"expand": float("nan")}, r"`expand` must be a finite number of at least 0\.015625\. Got: nan\."),
        ({"channels": 0}, r"`channels` must be a whole number of at least 1\. Got: 0\."),
        ({"channels": 16.0}, r"`channels` must be a whole number of at least 1\. Got: 16\.0\."),
        ({"layers": 0}, r"`layers` must be a whole number of at least 1\. Got: 0\."),
        ({"se": 1.5}, r"`se` must be at least 0 and at most 1\. Got: 1\.5\."),
        ({"se": True}, r"`se` must be at least 0 and at most 1\. Got: True\."),
    ],
)
def test_a_stage_refuses_what_breaks_its_rules(change, message):
    with pytest.raises(UsageError, match=message):
        ROW.replace(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": ()}, r"`number of stages` must be a whole number of at least 1\. Got: 0\."),
        ({"stem": 0}, r"`stem` must be"),
        ({"head": 0}, r"`head` must be"),
        ({"dropout": 1.0}, r"`dropout` must be at least 0 and below 1\. Got: 1\.0\."),
        ({"drop_path": -0.1}, r"`drop_path` must be at least 0 and below 1\. Got: -0\.1\."),
        ({"dropout": False}, r"`dropout` must be at least 0 and below 1\. Got: False\."),
        ({"bn_epsilon": -1}, r"`bn_epsilon` must be a finite number of at least 0\. Got: -1\."),
        ({"bn_momentum": 1}, r"`bn_momentum` must be at least 0 and below 1\. Got: 1\."),
        ({"pixels": "imagnet"}, r"Unknown pixels: 'imagnet'\. Nearest: imagenet, inception\."),
        ({"activation": "relu7"}, r"Unknown activation: 'relu7'\. Nearest: relu"),
        ({"padding": "same"}, r"Unknown padding: 'same'\."),
        ({"rounding": "v3"}, r"Unknown rounding: 'v3'\."),
        ({"train_size": 0}, r"`train_size` must be"),
    ],
)
def test_a_config_refuses_what_breaks_its_rules(change, message):
    with pytest.raises(UsageError, match=message):
        get_config("efficientnetv2-s").replace(**change)


def test_input_channels_come_from_the_row_above():
    blocks = list(ModelConfig("tiny", (ROW, Stage("fused", 3, 2, 4, 24, 1)), stem=8).blocks())
    assert [(block.inputs, block.channels) for block in blocks] == [(8, 16), (16, 16), (16, 24)]


def test_only_the_first_block_of_a_stage_has_its_stride():
    blocks = list(get_config("efficientnetv2-s").blocks())
    assert [block.stride for block in blocks[2:6]] == [2, 1, 1, 1]


def test_residual_exactly_where_stride_is_one_and_channels_are_equal():
    with_residual = {block.name for block in get_config("efficientnetv2-b0").blocks() if block.has_residual}
    assert with_residual == {
        *("stage2_block2", "stage3_block2", "stage4_block2", "stage4_block3"),
        *(f"stage5_block{number}" for number in range(2, 6)),
        *(f"stage6_block{number}" for number in range(2, 9)),
    }


def test_squeeze_width_counts_from_the_blocks_input():
    widths = {block.name: block.se_width for block in get_config("efficientnetv2-b0").blocks()}
    assert widths["stage3_block2"] == 0
    assert widths["stage4_block1"] == 12
    assert widths["stage4_block2"] == 24
    assert widths["stage6_block1"] == 28


def test_squeeze_width_is_at_least_one():
    block = next(ModelConfig("tiny", (ROW,), stem=3).blocks())
    assert block.se_width == 1


def test_a_config_is_a_value():
    assert get_config("efficientnetv2-s") == get_config("efficientnetv2-s").replace()
    assert len({get_config("efficientnetv2-s"), get_config("efficientnetv2-s").replace()}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_config("efficientnetv2-s").stem = 3


def test_facts_load_with_the_standard_library_alone():
    code = (
        "import sys, effnetv2_keras.configs\n"
        "foreign = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(name for name in foreign if not name.startswith('_')))"
    )
    answer = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip() == "['effnetv2_keras']"
