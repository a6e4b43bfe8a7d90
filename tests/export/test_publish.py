import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.publish import next_version, publish_version, version_folder


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


def test_a_number_that_somebody_else_takes_in_the_meantime_is_left_to_them(tmp_path):
    def write(aside):
        aside.mkdir()
        (aside / "saved_model.pb").write_text("ours")
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").write_text("theirs")

    assert publish_version(tmp_path, None, write) == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "theirs"
    assert (tmp_path / "2" / "saved_model.pb").read_text() == "ours"


def test_a_number_that_was_asked_for_is_refused_where_somebody_else_takes_it(tmp_path):
    def write(aside):
        aside.mkdir()
        (tmp_path / "7").mkdir()
        (tmp_path / "7" / "saved_model.pb").write_text("theirs")

    with pytest.raises(UsageError, match=r"`version` must be new"):
        publish_version(tmp_path, 7, write)
    assert [entry.name for entry in tmp_path.iterdir()] == ["7"]


def test_servers_never_see_a_name_that_is_a_number_before_it_is_whole(tmp_path):
    seen = []

    def write(aside):
        aside.mkdir()
        seen.extend(entry.name for entry in tmp_path.iterdir())

    publish_version(tmp_path, None, write)
    assert len(seen) == 1
    assert not seen[0].isdecimal()
