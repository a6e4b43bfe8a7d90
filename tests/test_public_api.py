import ast
from importlib import import_module
from pathlib import Path

import pytest

import effnetv2_keras

FRONT_PAGE = [
    "Augmentation",
    "Classifier",
    "DataError",
    "Knobs",
    "ModelConfig",
    "Phase",
    "PhaseList",
    "PhaseRow",
    "ProgressiveCallback",
    "ProgressiveSchedule",
    "Ramp",
    "RandomResize",
    "Serving",
    "Stage",
    "UsageError",
    "__version__",
    "create_model",
    "export_onnx",
    "export_saved_model",
    "export_tflite",
    "get_config",
    "get_recipe",
    "grad_cam",
    "load_predictor",
    "make_dataset",
    "open_source",
    "paper_schedule",
    "released_schedule",
]


def test_the_front_page_is_what_was_promised():
    assert effnetv2_keras.__all__ == FRONT_PAGE
    assert dir(effnetv2_keras) == FRONT_PAGE


@pytest.mark.parametrize("name", [name for name in FRONT_PAGE if name != "__version__"])
def test_every_name_leads_to_its_home(name):
    home = import_module(f"effnetv2_keras.{effnetv2_keras.HOMES[name]}")
    assert getattr(effnetv2_keras, name) is getattr(home, name)


def test_an_editor_sees_the_same_names_as_python():
    tree = ast.parse(Path(effnetv2_keras.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {name.name: node.module for node in block.body for name in node.names}
    assert seen == {name: f"effnetv2_keras.{home}" for name, home in effnetv2_keras.HOMES.items()}


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'EfficientNetV9'"):
        effnetv2_keras.EfficientNetV9  # noqa: B018


def test_every_public_name_has_a_docstring():
    assert [name for name in effnetv2_keras.HOMES if not getattr(effnetv2_keras, name).__doc__] == []
