import pytest


@pytest.fixture(autouse=True)
def index_folder(tmp_path, monkeypatch):
    """Keeps what is indexed apart from the user's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "effnetv2_keras" / "index"
