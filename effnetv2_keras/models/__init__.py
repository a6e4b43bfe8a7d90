"""Networks: built, cut into features, folded, measured."""

from effnetv2_keras.configs.profile import profile as profile
from effnetv2_keras.models.create import create_model as create_model
from effnetv2_keras.models.features import features as features
from effnetv2_keras.models.freeze import freeze as freeze
from effnetv2_keras.models.freeze import unfreeze as unfreeze
from effnetv2_keras.models.fuse import fuse as fuse
from effnetv2_keras.models.variants import EfficientNetB0 as EfficientNetB0
from effnetv2_keras.models.variants import EfficientNetB1 as EfficientNetB1
from effnetv2_keras.models.variants import EfficientNetB2 as EfficientNetB2
from effnetv2_keras.models.variants import EfficientNetB3 as EfficientNetB3
from effnetv2_keras.models.variants import EfficientNetB4 as EfficientNetB4
from effnetv2_keras.models.variants import EfficientNetB5 as EfficientNetB5
from effnetv2_keras.models.variants import EfficientNetB6 as EfficientNetB6
from effnetv2_keras.models.variants import EfficientNetB7 as EfficientNetB7
from effnetv2_keras.models.variants import EfficientNetB8 as EfficientNetB8
from effnetv2_keras.models.variants import EfficientNetL2 as EfficientNetL2
from effnetv2_keras.models.variants import EfficientNetV2B0 as EfficientNetV2B0
from effnetv2_keras.models.variants import EfficientNetV2B1 as EfficientNetV2B1
from effnetv2_keras.models.variants import EfficientNetV2B2 as EfficientNetV2B2
from effnetv2_keras.models.variants import EfficientNetV2B3 as EfficientNetV2B3
from effnetv2_keras.models.variants import EfficientNetV2L as EfficientNetV2L
from effnetv2_keras.models.variants import EfficientNetV2M as EfficientNetV2M
from effnetv2_keras.models.variants import EfficientNetV2S as EfficientNetV2S
from effnetv2_keras.models.variants import EfficientNetV2XL as EfficientNetV2XL
