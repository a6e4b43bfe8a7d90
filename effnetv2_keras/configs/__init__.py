"""Facts: what the networks are. Loads with the standard library alone."""

from effnetv2_keras.configs.coefficient_search import search_coefficients as search_coefficients
from effnetv2_keras.configs.compound import compound as compound
from effnetv2_keras.configs.files import dump as dump
from effnetv2_keras.configs.files import load_config as load_config
from effnetv2_keras.configs.placement import lite as lite
from effnetv2_keras.configs.placement import with_operator as with_operator
from effnetv2_keras.configs.profile import Profile as Profile
from effnetv2_keras.configs.profile import profile as profile
from effnetv2_keras.configs.registry import get_config as get_config
from effnetv2_keras.configs.registry import list_configs as list_configs
from effnetv2_keras.configs.registry import resolve_config as resolve_config
from effnetv2_keras.configs.scaling import deepen as deepen
from effnetv2_keras.configs.scaling import scale as scale
from effnetv2_keras.configs.schema import ModelConfig as ModelConfig
from effnetv2_keras.configs.schema import Stage as Stage
