"""Facts: what the networks are. Loads with the standard library alone."""

from effnetv2_keras.configs.files import dump as dump
from effnetv2_keras.configs.files import load_config as load_config
from effnetv2_keras.configs.profile import Profile as Profile
from effnetv2_keras.configs.profile import profile as profile
from effnetv2_keras.configs.registry import get_config as get_config
from effnetv2_keras.configs.registry import list_configs as list_configs
from effnetv2_keras.configs.registry import resolve_config as resolve_config
from effnetv2_keras.configs.scaling import scale as scale
from effnetv2_keras.configs.schema import ModelConfig as ModelConfig
from effnetv2_keras.configs.schema import Stage as Stage
