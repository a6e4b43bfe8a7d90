import pytest
from PIL import Image

from effnetv2_keras.data.bad_files import BadFileLog, check_fraction, read_or_reason, why_undecoded
from effnetv2_keras.data.manifest import BadFile
from effnetv2_keras.data.stores.files import Files
from effnetv2_keras.errors import DataError, UsageError


def bad(number):
    return BadFile(f"{number}.jpg", "empty file")


def test_a_log_takes_a_file_down_once_and_tells_it_once():
    told = []
    log = BadFileLog(told=told.append)
    for number in (2, 1, 2):
        log.note(bad(number))
    assert log.files == (bad(2), bad(1))
    assert told == [bad(2), bad(1)]


def test_a_log_stops_the_run_at_the_file_that_is_too_much():
    log = BadFileLog(total=1000, known=6, max_fraction=0.01)
    for number in range(4):
        log.note(bad(number))  # ten of a thousand
    with pytest.raises(DataError, match=r"At most 0\.01 .* Got: 11 of 1000, among them 0\.jpg \(empty file\); 1\.jpg"):
        log.note(bad(4))
    assert log.verdict.startswith("At most 0.01 of the images may be unreadable")
    assert len(log.files) == 5


def test_nine_bad_files_are_borne_however_few_there_are_in_all():
    check_fraction([bad(number) for number in range(9)], 10, 0.0)
    with pytest.raises(DataError, match="Got: 10 of 11"):
        check_fraction([bad(number) for number in range(10)], 11, 0.0)


def test_a_share_is_a_share():
    with pytest.raises(UsageError, match=r"`max_bad_fraction` must be between 0 and 1\. Got: 2\."):
        check_fraction([], 5, 2)


def test_says_why_an_image_cannot_be_used(tmp_path):
    Image.effect_noise((64, 64), 50).save(tmp_path / "half.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "half.png").read_bytes()[:1500])
    (tmp_path / "page.jpg").write_bytes(b"  <!DOCTYPE html><html></html>")
    store = Files([str(tmp_path / name) for name in ("half.png", "page.jpg", "gone.jpg")])
    assert why_undecoded(store, 0).startswith("cannot be decoded: truncated or damaged")
    assert why_undecoded(store, 1) == "not an image: an HTML page"
    assert why_undecoded(store, 2) == "No such file or directory"
    assert read_or_reason(store, 2) == (b"", "No such file or directory")
