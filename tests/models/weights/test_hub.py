"""Weights of a repository of Hugging Face, from a server on the loopback that speaks as much of its API as is asked.

The library reads its address when it is imported, so it runs in a process of its own.
"""

import http.server
import json
import os
import subprocess
import sys
import threading

import pytest

from effnetv2_keras.errors import DataError, UsageError
from effnetv2_keras.models.weights import hub
from effnetv2_keras.models.weights.hub import _choose, fetch_from_hub

REPOSITORIES = {
    "org/one": {"README.md": b"a net", "net.weights.h5": b"weights of one"},
    "org/two": {"a.safetensors": b"a", "b.safetensors": b"b"},
    "timm/net": {"model.safetensors": b"weights", "config.json": b"{}", "pytorch_model.bin": b"the same"},
    "org/none": {"README.md": b"nothing"},
}
COMMIT = "1" * 40
ASK = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("hub", sys.argv[1])  # alone: the package would load TensorFlow
hub = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hub)
for address in sys.argv[2:]:
    try:
        print(hub.fetch_from_hub(address).read_text())
    except ValueError as error:
        print(type(error).__name__, error)
"""


class Hub(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Says nothing."""

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self):
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"] and "/".join(parts[2:4]) in REPOSITORIES:
            name = "/".join(parts[2:4])
            files = [
                {"type": "file", "path": file, "oid": COMMIT, "size": len(body)}
                for file, body in REPOSITORIES[name].items()
            ]
            self.answer(200, json.dumps(files).encode())
        elif parts[2:3] == ["resolve"] and parts[-1] in REPOSITORIES.get("/".join(parts[:2]), {}):
            body = REPOSITORIES["/".join(parts[:2])][parts[-1]]
            self.answer(200, body, ETag=f'"{parts[-1]}"', X_Repo_Commit=COMMIT)
        else:
            self.answer(404, X_Error_Code="RepoNotFound" if parts[0] == "api" else "EntryNotFound")

    do_HEAD = do_GET


@pytest.fixture
def ask(tmp_path):
    """Asks for addresses in a process of its own and returns a line each, and a way to end the server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def ask(*addresses, **more):
        here = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_HOME": str(tmp_path), **more}
        done = subprocess.run(
            [sys.executable, "-c", ASK, hub.__file__, *addresses],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **here},
        )
        return done.stdout.splitlines()

    yield ask
    server.shutdown()
    server.server_close()


def test_a_repository_gives_its_weights_and_the_cache_gives_them_again(ask):
    found = ask("hf://org/one", "hf://org/one/README.md", "hf://org/two", "hf://org/gone", "hf://org/one/gone.h5")
    assert found[:3] == [
        "weights of one",
        "a net",
        "DataError hf://org/two must name one of its files, a.safetensors, b.safetensors. Got: no file.",
    ]
    assert found[3].startswith("DataError hf://org/gone must be there to be downloaded. Got: 404 Client Error")
    assert found[4].startswith("DataError hf://org/one/gone.h5 must be there to be downloaded. Got: 404 Client Error")
    assert ask("hf://org/one", HF_HUB_OFFLINE="1") == ["weights of one"]


def test_a_repository_without_weights_is_refused():
    with pytest.raises(
        DataError, match=r"hf://org/none must have a file of weights \(\.weights\.h5, .*Got: README\.md\."
    ):
        _choose("hf://org/none", list(REPOSITORIES["org/none"]))


@pytest.mark.parametrize("address", ["hf://org", "hf://", "hf:///name"])
def test_an_address_without_a_name_is_refused(address):
    with pytest.raises(UsageError, match=r"must be hf://ORG/NAME or hf://ORG/NAME/FILE\. Got: '" + address):
        fetch_from_hub(address)


def test_what_timm_says_of_its_weights_comes_with_them(ask, tmp_path):
    for address in ("hf://timm/net", "hf://timm/net/pytorch_model.bin"):
        ask(address)
        [beside] = tmp_path.rglob("snapshots/*/config.json")
        assert beside.read_text() == "{}"
        assert (beside.parent / (address.rpartition("net/")[2] if "bin" in address else "model.safetensors")).exists()
        beside.unlink()
