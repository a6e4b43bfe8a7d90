import urllib.request

import pytest


@pytest.fixture(autouse=True)
def index_folder(tmp_path, monkeypatch):
    """Keeps what is indexed apart from the user's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "effnetv2_keras" / "index"


@pytest.fixture
def no_network(monkeypatch):
    """Sends what is asked of other machines to a place where nobody listens."""
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)  # the first request of a process keeps the proxies for all
