import platform
from importlib import metadata

import pytest

from effnetv2_keras.runs import environment as room
from effnetv2_keras.runs.environment import cpu_features, cpu_name, environment

INFO = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Some Processor @ 2.70GHz
flags\t\t: fpu sse2 avx2 avx512f

processor\t: 1
model name\t: Another
"""


def test_versions_and_backend_are_those_that_run():
    import keras

    found = environment()
    for name in ("tensorflow", "keras", "numpy", "pillow"):
        assert found[name] == metadata.version(name)
    assert found["python"].startswith(platform.python_version())
    assert found["keras backend"] == keras.backend.backend()
    assert not any(platform.node() in value for value in found.values())


@pytest.fixture
def cpu(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "CPU_INFO", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


def test_a_processor_says_its_name_and_what_makes_networks_faster(cpu):
    cpu.write_text(INFO)
    assert cpu_name() == "Some Processor @ 2.70GHz"
    assert cpu_features() == "avx2 avx512f"


def test_a_processor_without_any_of_it_says_so(cpu):
    cpu.write_text("flags\t: fpu\n")
    assert cpu_features().startswith("none of avx2 avx512f ")


def test_where_the_system_keeps_no_such_list_it_is_asked_itself(cpu, monkeypatch):
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    assert (cpu_name(), cpu_features()) == ("arm", "arm")
