"""Networks: built, cut into features, folded, measured."""

from effnetv2_keras.models.create import create_model as create_model
