import pytest

from effnetv2_keras.configs import get_config, list_configs, resolve_config
from effnetv2_keras.configs.files import dump
from effnetv2_keras.errors import UsageError


def test_all_published_models_are_there():
    assert list_configs() == [
        *("efficientnetv2-b0", "efficientnetv2-b1", "efficientnetv2-b2", "efficientnetv2-b3"),
        *("efficientnetv2-s", "efficientnetv2-m", "efficientnetv2-l", "efficientnetv2-xl"),
        *("efficientnet-b0", "efficientnet-b1", "efficientnet-b2", "efficientnet-b3", "efficientnet-b4"),
        *("efficientnet-b5", "efficientnet-b6", "efficientnet-b7", "efficientnet-b8", "efficientnet-l2"),
        *("efficientnetv2-b0-lite", "efficientnetv2-b1-lite", "efficientnetv2-b2-lite", "efficientnetv2-b3-lite"),
        *("efficientnetv2-s-lite", "efficientnetv2-b0-lite-hard-swish", "efficientnetv2-b1-lite-hard-swish"),
        *("efficientnetv2-b2-lite-hard-swish", "efficientnetv2-b3-lite-hard-swish", "efficientnetv2-s-lite-hard-swish"),
        *("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "efficientnet-lite3", "efficientnet-lite4"),
        *("mobilenet-v2", "resnet-50"),
    ]


def test_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match=r"Unknown model: 'efficientnetv2-z'\. Nearest: efficientnetv2-"):
        get_config("efficientnetv2-z")


def test_get_config_takes_no_path(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(dump(get_config("efficientnetv2-s")))
    with pytest.raises(UsageError, match="Unknown model"):
        get_config(str(path))


def test_a_name_a_path_and_a_config_mean_the_same_network(tmp_path):
    config = get_config("efficientnetv2-s")
    path = tmp_path / "net.yaml"
    path.write_text(dump(config))
    assert resolve_config("efficientnetv2-s") == config
    assert resolve_config(path) == config
    assert resolve_config(str(path)) == config
    assert resolve_config(config) is config
