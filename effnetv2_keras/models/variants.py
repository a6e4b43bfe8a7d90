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

EfficientNetV2B0Lite = partial(create_model, "efficientnetv2-b0-lite")
EfficientNetV2B1Lite = partial(create_model, "efficientnetv2-b1-lite")
EfficientNetV2B2Lite = partial(create_model, "efficientnetv2-b2-lite")
EfficientNetV2B3Lite = partial(create_model, "efficientnetv2-b3-lite")
EfficientNetV2SLite  = partial(create_model, "efficientnetv2-s-lite")

EfficientNetV2B0LiteHardSwish = partial(create_model, "efficientnetv2-b0-lite-hard-swish")
EfficientNetV2B1LiteHardSwish = partial(create_model, "efficientnetv2-b1-lite-hard-swish")
EfficientNetV2B2LiteHardSwish = partial(create_model, "efficientnetv2-b2-lite-hard-swish")
EfficientNetV2B3LiteHardSwish = partial(create_model, "efficientnetv2-b3-lite-hard-swish")
EfficientNetV2SLiteHardSwish  = partial(create_model, "efficientnetv2-s-lite-hard-swish")

EfficientNetLite0 = partial(create_model, "efficientnet-lite0")
EfficientNetLite1 = partial(create_model, "efficientnet-lite1")
EfficientNetLite2 = partial(create_model, "efficientnet-lite2")
EfficientNetLite3 = partial(create_model, "efficientnet-lite3")
EfficientNetLite4 = partial(create_model, "efficientnet-lite4")
# fmt: on
