"""Narrow and shallow networks that keras.applications builds, and the tables of ours that have the same weights."""

import keras
import numpy as np
from keras.src.applications.efficientnet import EfficientNet
from keras.src.applications.efficientnet_v2 import EfficientNetV2

from effnetv2_keras.configs import get_config, scale

SIDE = 64  # px
SMALL_V2 = scale(get_config("efficientnetv2-b0"), 0.25, 0.3, name="small-v2")
SMALL_V1 = scale(get_config("efficientnet-b0"), 0.25, 0.3, name="small-v1")
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
SMALL = {
    "small-v1": lambda **options: EfficientNet(0.25, 0.3, SIDE, name="small-v1", weights_name="", **options),
    "small-v2": lambda **options: EfficientNetV2(0.25, 0.3, SIDE, name="efficientnetv2-b0", weights_name="", **options),
}


def build_applications(name, *, deviation_power=2, **options):
    """Builds "small-v1", "small-v2" or a network of keras.applications, with 7 classes unless told otherwise.

    V1's normalisation gets ImageNet's numbers; None as `deviation_power` leaves it as it is without weights.
    """
    options = {"input_shape": (SIDE, SIDE, 3), "classes": 7, "classifier_activation": None, **options}
    model = (SMALL.get(name) or getattr(keras.applications, name))(weights=None, **options)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None and deviation_power:
            layer.adapt_mean.assign(IMAGENET[0])
            layer.adapt_variance.assign(IMAGENET[1] ** deviation_power)
            layer.finalize_state()
    return model
