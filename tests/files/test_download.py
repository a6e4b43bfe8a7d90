"""Transfers from a server on the loopback that breaks off, refuses and changes its mind."""

import threading

import numpy as np
import pytest
from file_server import file_server

from effnetv2_keras.errors import DataError
from effnetv2_keras.files import download as module
from effnetv2_keras.files.digest import sha256_of
from effnetv2_keras.files.download import download

BODY = np.random.default_rng(0).bytes(300_000)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    with file_server() as served:
        served.files["/a.bin"] = BODY
        yield served


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_a_file_comes_whole_and_alone(server, tmp_path):
    seen = []
    download(f"{server.url}/a.bin", tmp_path / "a.bin", lambda done, total: seen.append((done, total)))
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert seen[-1] == (300_000, 300_000)
    assert names(tmp_path) == ["a.bin"]


def test_a_file_that_is_there_is_not_asked_for(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"here")
    download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert (server.asked, (tmp_path / "a.bin").read_bytes()) == ([], b"here")


def test_a_break_goes_on_where_it_was(server, tmp_path):
    server.breaks = [100_000, 50_000]
    download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_process_goes_on_too(server, tmp_path):
    server.breaks = [100_000, 0, 0, 0, 0, 0]
    with pytest.raises(DataError, match=r"a\.bin must come whole\. Got: 100000 bytes, then breaks; the next try"):
        download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert not (tmp_path / "a.bin").exists()
    download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert server.asked[-1] == ("/a.bin", "bytes=100000-")


@pytest.mark.parametrize("changed", ["ranges", "tags"])
def test_a_server_without_ranges_or_tags_begins_again(changed, server, tmp_path):
    setattr(server, changed, False)
    server.breaks = [100_000]
    download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_another_file_under_the_same_address_is_not_glued_to_the_first(server, tmp_path):
    server.breaks = [100_000, 0, 0, 0, 0, 0]
    with pytest.raises(DataError):
        download(f"{server.url}/a.bin", tmp_path / "a.bin")
    server.files["/a.bin"] = BODY[::-1]
    download(f"{server.url}/a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY[::-1]


def test_a_missing_file_is_one_sentence(server, tmp_path):
    with pytest.raises(DataError, match=r"/none\.bin must be there to be downloaded\. Got: 404 Not Found\.$"):
        download(f"{server.url}/none.bin", tmp_path / "none.bin")
    assert names(tmp_path) == []


def test_a_server_that_is_not_there_is_one_sentence(server, tmp_path):
    gone = server.url
    with file_server() as other:
        gone = other.url
    with pytest.raises(DataError, match=r"/a\.bin must be reachable to be downloaded\. Got: .*refused"):
        download(f"{gone}/a.bin", tmp_path / "a.bin")


def test_two_at_once_ask_once(server, tmp_path):
    threads = [threading.Thread(target=download, args=(f"{server.url}/a.bin", tmp_path / "a.bin")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 1
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_the_hash_is_that_of_sha256sum(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
