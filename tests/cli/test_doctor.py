import platform
from importlib import metadata

import pytest

from effnetv2_keras.cli.doctor import extras, findings
from effnetv2_keras.errors import UsageError


@pytest.fixture(scope="module")
def found():
    return dict(findings())


def test_prints_a_line_a_finding(cli, found):
    done = cli("doctor")
    assert done.code == 0
    names = [line.split(":")[0] for line in done.out.splitlines()]
    assert names == list(found)


def test_versions_are_those_installed(found):
    assert found["python"].startswith(platform.python_version())
    for name in ("tensorflow", "keras", "numpy", "pillow"):
        assert found[name] == metadata.version(name)


def test_devices_and_cpu_features_are_named(found):
    assert "CPU:0" in found["devices"]
    assert found["keras backend"] in ("tensorflow", "jax")
    assert found["cpu features"]


def test_every_extra_says_what_it_lacks(found):
    assert found["extra [tflite]"] == "complete"
    assert "ai-edge-litert" in extras()["tflite"]
    assert "pytest" in extras()["dev"]
    assert "effnetv2_keras" not in extras()["dev"]


def test_names_no_path_of_this_computer(found):
    assert not any("/home" in value or "/root" in value for value in found.values())


def test_says_so_where_the_package_is_not_installed(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    with pytest.raises(UsageError, match="effnetv2_keras must be installed"):
        extras()
