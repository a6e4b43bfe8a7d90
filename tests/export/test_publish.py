import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.publish import next_version, version_folder


def test_the_first_version_is_one(tmp_path):
    assert next_version(tmp_path / "nothing") == 1
    assert next_version(tmp_path) == 1


def test_the_next_version_is_above_the_highest_and_other_names_do_not_count(tmp_path):
    for name in ("1", "9", "10", "latest", "11.old", ".tmp-5-12"):
        (tmp_path / name).mkdir()
    assert next_version(tmp_path) == 11
    assert version_folder(tmp_path, None) == tmp_path / "11"


@pytest.mark.parametrize("version", [0, -1])
def test_a_version_is_a_positive_number(tmp_path, version):
    with pytest.raises(UsageError, match=rf"`version` must be at least 1\. Got: {version}\."):
        version_folder(tmp_path, version)
