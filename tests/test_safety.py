"""That no file of somebody else's can run code in this package: what is called, read off the source."""

import ast
from pathlib import Path

import pytest

import effnetv2_keras

PACKAGE = Path(effnetv2_keras.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
# fmt: off
REFUSED = {
    # call                         why
    "load_model":                  "builds whatever objects the file names",
    "model_from_json":             "builds whatever objects the text names",
    "enable_unsafe_deserialization": "lets a file bring its own code",
    "Lambda":                      "is code inside a file",
    "eval":                        "runs text",
    "exec":                        "runs text",
    "extractall":                  "writes wherever an archive says",
    "unpack_archive":              "writes wherever an archive says",
    "get_file":                    "may unpack wherever an archive says",
}
MODULES = ("pickle", "marshal", "shelve", "dill", "joblib")  # errors of theirs may be caught
OPTIONS = {
    # call       option          must be
    "np.load":    ("allow_pickle", "False"),
    "torch.load": ("weights_only", "True"),
    "yaml.load":  ("Loader",       "_loader()"),
}
# where code that came with a model is run: each says so in SECURITY.md and checks the files before
SAVED_MODELS = {"inference/predictor.py", "export/session.py"}
# fmt: on


def calls():
    """Returns each call in the package as (file, dotted name, the call)."""
    return [
        (str(path.relative_to(PACKAGE)), ast.unparse(node.func), node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


CALLS = calls()


def test_nothing_is_called_that_runs_what_a_file_says():
    assert len(CALLS) > 1000
    assert [(file, name) for file, name, _ in CALLS if name.rpartition(".")[2] in REFUSED] == []
    assert [(file, name) for file, name, _ in CALLS if name.split(".")[0] in MODULES] == []


@pytest.mark.parametrize("function", OPTIONS)
def test_what_can_read_pickles_and_objects_is_told_not_to(function):
    option, value = OPTIONS[function]
    found = [(file, call) for file, name, call in CALLS if name == function]
    told = [(file, {word.arg: ast.unparse(word.value) for word in call.keywords}.get(option)) for file, call in found]
    assert found
    assert {seen for _, seen in told} == {value}, told


def test_nothing_is_unpacked_or_built_unchecked():
    words = [(file, word.arg, ast.unparse(word.value)) for file, _, call in CALLS for word in call.keywords]
    assert [found for found in words if found[1:] in (("extract", "True"), ("safe_mode", "False"))] == []


def test_saved_models_are_loaded_in_two_places_only():
    assert {file for file, name, _ in CALLS if name.endswith("saved_model.load")} == SAVED_MODELS


def test_the_yaml_reader_is_a_safe_one():
    import yaml

    from effnetv2_keras.configs.yaml_text import _loader

    assert issubclass(_loader(), yaml.SafeLoader)


def test_the_page_on_security_names_what_runs_foreign_code():
    page = (PACKAGE.parent / "SECURITY.md").read_text(encoding="utf-8")
    for word in ("SavedModel", ".keras", "pickle", "SHA-256", "--workers", "load_model", "TFRecord"):
        assert word in page
