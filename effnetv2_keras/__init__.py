"""EfficientNet V1 and V2 for Keras 3: train fast on your own pictures, then ship the model.

The front page is lazy: a name loads what it needs when it is first used, so facts come without TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from effnetv2_keras.version import __version__

if TYPE_CHECKING:
    from effnetv2_keras.augment.pipeline import Augmentation
    from effnetv2_keras.configs.phase_list import PhaseList, PhaseRow
    from effnetv2_keras.configs.published_schedules import paper_schedule, released_schedule
    from effnetv2_keras.configs.ramp import Ramp
    from effnetv2_keras.configs.random_resize import RandomResize
    from effnetv2_keras.configs.recipes import get_recipe
    from effnetv2_keras.configs.registry import get_config
    from effnetv2_keras.configs.schedule import Phase, ProgressiveSchedule
    from effnetv2_keras.configs.schema import ModelConfig, Stage
    from effnetv2_keras.data.open_source import open_source
    from effnetv2_keras.data.pipeline import make_dataset
    from effnetv2_keras.errors import DataError, UsageError
    from effnetv2_keras.explain.grad_cam import grad_cam
    from effnetv2_keras.export.onnx_file import export_onnx
    from effnetv2_keras.export.saved_model import export_saved_model
    from effnetv2_keras.export.serving import Serving
    from effnetv2_keras.export.tflite import export_tflite
    from effnetv2_keras.inference.predictor import load_predictor
    from effnetv2_keras.layers.knobs import Knobs
    from effnetv2_keras.models.create import create_model
    from effnetv2_keras.training.classifier import Classifier
    from effnetv2_keras.training.progressive import ProgressiveCallback

# fmt: off
HOMES = {
    # networks
    "Stage":               "configs.schema",
    "ModelConfig":         "configs.schema",
    "get_config":          "configs.registry",
    "create_model":        "models.create",
    # progressive learning
    "Ramp":                "configs.ramp",
    "Phase":               "configs.schedule",
    "ProgressiveSchedule": "configs.schedule",
    "RandomResize":        "configs.random_resize",
    "PhaseList":           "configs.phase_list",
    "PhaseRow":            "configs.phase_list",
    "paper_schedule":      "configs.published_schedules",
    "released_schedule":   "configs.published_schedules",
    "get_recipe":          "configs.recipes",
    "Knobs":               "layers.knobs",
    "Classifier":          "training.classifier",
    "ProgressiveCallback": "training.progressive",
    # pictures
    "open_source":         "data.open_source",
    "make_dataset":        "data.pipeline",
    "Augmentation":        "augment.pipeline",
    # looking
    "grad_cam":            "explain.grad_cam",
    # shipping
    "export_saved_model":  "export.saved_model",
    "Serving":             "export.serving",
    "export_tflite":       "export.tflite",
    "export_onnx":         "export.onnx_file",
    "load_predictor":      "inference.predictor",
    # mistakes
    "UsageError":          "errors",
    "DataError":           "errors",
}
# fmt: on

__all__ = [
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


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
