"""One function a network: `EfficientNetV2S(num_classes=10)` is `create_model("efficientnetv2-s", num_classes=10)`."""

from __future__ import annotations

from functools import partial

from effnetv2_keras.models.create import create_model

# fmt: off
EfficientNetV2B0 = partial(create_model, "efficientnetv2-b0")
EfficientNetV2B1 = partial(create_model, "efficientnetv2-b1")
EfficientNetV2B2 = partial(create_model, "efficientnetv2-b2")
EfficientNetV2B3 = partial(create_model, "efficientnetv2-b3")
EfficientNetV2S  = partial(create_model, "efficientnetv2-s")
EfficientNetV2M  = partial(create_model, "efficientnetv2-m")
EfficientNetV2L  = partial(create_model, "efficientnetv2-l")
EfficientNetV2XL = partial(create_model, "efficientnetv2-xl")

EfficientNetB0 = partial(create_model, "efficientnet-b0")
EfficientNetB1 = partial(create_model, "efficientnet-b1")
EfficientNetB2 = partial(create_model, "efficientnet-b2")
EfficientNetB3 = partial(create_model, "efficientnet-b3")
EfficientNetB4 = partial(create_model, "efficientnet-b4")
EfficientNetB5 = partial(create_model, "efficientnet-b5")
EfficientNetB6 = partial(create_model, "efficientnet-b6")
EfficientNetB7 = partial(create_model, "efficientnet-b7")
EfficientNetB8 = partial(create_model, "efficientnet-b8")
EfficientNetL2 = partial(create_model, "efficientnet-l2")
# fmt: on
