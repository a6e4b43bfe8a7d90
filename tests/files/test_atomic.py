import os
import subprocess
import sys

import pytest

from effnetv2_keras.files.atomic import publish_folder, write_text, write_whole


class DiskFull(OSError):
    pass


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_the_folders_above_it(tmp_path):
    write_text(tmp_path / "a" / "b" / "note.txt", "grün\n")
    assert (tmp_path / "a" / "b" / "note.txt").read_bytes() == b"gr\xc3\xbcn\n"
    assert names(tmp_path / "a" / "b") == ["note.txt"]


def test_a_file_is_replaced(tmp_path):
    write_text(tmp_path / "note.txt", "old, and longer")
    write_text(tmp_path / "note.txt", "new")
    assert (tmp_path / "note.txt").read_text() == "new"
    assert names(tmp_path) == ["note.txt"]


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path):
    write_text(tmp_path / "note.txt", "old")

    def half(aside):
        aside.write_text("ne")
        raise DiskFull

    with pytest.raises(DiskFull):
        write_whole(tmp_path / "note.txt", half)
    assert (tmp_path / "note.txt").read_text() == "old"
    assert names(tmp_path) == ["note.txt"]


def test_the_old_file_is_there_while_the_new_one_is_written(tmp_path):
    write_text(tmp_path / "note.txt", "old")
    seen = []

    def write(aside):
        aside.write_text("new")
        seen.append((tmp_path / "note.txt").read_text())

    write_whole(tmp_path / "note.txt", write)
    assert seen == ["old"]


def test_the_file_aside_keeps_the_extension(tmp_path):
    write_whole(tmp_path / "best.weights.h5", lambda aside: aside.write_text(aside.name))
    assert (tmp_path / "best.weights.h5").read_text().endswith("best.weights.h5")


def test_a_folder_appears_whole(tmp_path):
    def write(aside):
        (aside / "inner").mkdir(parents=True)
        (aside / "inner" / "file").write_text("x")
        assert not (tmp_path / "models" / "1").exists()

    publish_folder(tmp_path / "models" / "1", write)
    assert (tmp_path / "models" / "1" / "inner" / "file").read_text() == "x"
    assert names(tmp_path / "models") == ["1"]


def test_an_error_in_the_middle_leaves_no_folder(tmp_path):
    def half(aside):
        aside.mkdir()
        (aside / "file").write_text("x")
        raise DiskFull

    with pytest.raises(DiskFull):
        publish_folder(tmp_path / "models" / "1", half)
    assert names(tmp_path / "models") == []


def test_what_a_killed_process_left_is_cleared_away(tmp_path):
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    dead = int(done.stdout)
    (tmp_path / f".tmp-{dead}-note.txt").write_text("half")
    (tmp_path / f".tmp-{dead}-7").mkdir()
    (tmp_path / f".tmp-{os.getppid()}-8").mkdir()  # somebody is still at it
    (tmp_path / ".tmp-notes").mkdir()  # a user's own
    write_text(tmp_path / "note.txt", "whole")
    assert names(tmp_path) == sorted([f".tmp-{os.getppid()}-8", ".tmp-notes", "note.txt"])
