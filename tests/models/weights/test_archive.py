"""Archives that were made to harm, and whole ones."""

import io
import tarfile

import pytest

from effnetv2_keras.errors import DataError
from effnetv2_keras.models.weights.archive import unpack


def member(name, **fields):
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def write(path, *members):
    """Writes members; a file has as many zeros as its size says."""
    with tarfile.open(path, "w:gz") as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
    return path


def test_files_and_folders_are_unpacked(tmp_path):
    archive = write(tmp_path / "a.tgz", member("net", type=tarfile.DIRTYPE), member("net/model.index", size=3))
    unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/net/model.index").read_bytes() == b"\0\0\0"


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (member("../evil", size=1), r"must lie inside its folder\. Got: '\.\./evil'\."),
        (member("net/../../evil", size=1), r"must lie inside its folder\."),
        (member("/tmp/evil", size=1), r"must lie inside its folder\. Got: '/tmp/evil'\."),
        (member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), r"no links and no devices\. Got: 'link'\."),
        (member("link", type=tarfile.LNKTYPE, linkname="first"), r"no links and no devices\. Got: 'link'\."),
        (member("pipe", type=tarfile.FIFOTYPE), r"no links and no devices\. Got: 'pipe'\."),
        (member("disk", type=tarfile.BLKTYPE, devmajor=8), r"no links and no devices\. Got: 'disk'\."),
        (member("zeros", size=2**26 + 1), r"more than 100 times its own size\. Got: 'zeros' with 67108865 bytes\."),
    ],
    ids=["up", "up from inside", "absolute", "symbolic link", "hard link", "pipe", "device", "bomb"],
)
def test_a_harmful_member_is_refused_and_not_written(info, said, tmp_path):
    archive = write(tmp_path / "a.tgz", member("first", size=1), info)
    with pytest.raises(DataError, match=said):
        unpack(archive, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tgz", "first", "out"]


def test_sizes_are_summed(tmp_path):
    archive = write(tmp_path / "a.tgz", *(member(f"part{index}", size=2**24) for index in range(5)))
    with pytest.raises(DataError, match=r"Got: 'part4' with 16777216 bytes\."):
        unpack(archive, tmp_path / "out")


def test_too_many_members_are_refused(tmp_path):
    archive = write(tmp_path / "a.tgz", *(member(f"part{index}") for index in range(1001)))
    with pytest.raises(DataError, match=r"must have at most 1000 members\."):
        unpack(archive, tmp_path / "out")


def test_an_archive_that_is_cut_off_is_refused(tmp_path):
    archive = write(tmp_path / "a.tgz", member("first", size=5000))
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"a\.tgz must be a whole archive\."):
        unpack(archive, tmp_path / "out")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.tgz").write_text("<html>not found</html>")
    with pytest.raises(DataError, match=r"a\.tgz must be a whole archive\."):
        unpack(tmp_path / "a.tgz", tmp_path / "out")
