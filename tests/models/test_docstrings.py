"""The examples in docstrings run as they stand."""

import doctest
import importlib

import pytest

MODULES = [
    *(
        f"configs.{name}"
        for name in (
            *("block", "compound", "optimizer", "phase_list", "placement", "profile", "published_schedules", "ramp"),
            *("random_resize", "recipe_files", "recipes", "registry", "scaling", "schedule", "schema", "table"),
        )
    ),
    *(f"export.lite.{name}" for name in ("blocks", "equalise")),
    "explain.class_choice",
    "inference.views",
    *(f"models.{name}" for name in ("create", "features", "freeze", "fuse")),
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    found = doctest.testmod(importlib.import_module(f"effnetv2_keras.{module}"))
    assert found.attempted > 0
    assert found.failed == 0
