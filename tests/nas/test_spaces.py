import pytest

from effnetv2_keras.configs import get_config
from effnetv2_keras.errors import UsageError
from effnetv2_keras.nas.spaces import SPACES, resolve_space


@pytest.mark.parametrize("name", SPACES)
def test_every_named_space_has_its_backbones_stages(name):
    space = resolve_space(name)
    assert len(space.layers) == len(space.backbone.stages)
    assert space.size() > 10_000


def test_the_papers_space_is_on_b4():
    assert resolve_space("efficientnetv2").backbone == get_config("efficientnet-b4")


def test_a_file_gives_a_space_of_ones_own(tmp_path):
    (tmp_path / "space.yaml").write_text("backbone: efficientnetv2-b0\nkernels: [3, 5, 7]\nexpansions: [2, 4]\n")
    space = resolve_space(tmp_path / "space.yaml")
    assert (space.backbone.name, space.kernels, space.expansions) == ("efficientnetv2-b0", (3, 5, 7), (2, 4))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kernels: [3]", "must be a mapping with `backbone`"),
        ("backbone: efficientnetv2-b0\nkernel: [3]", "Unknown field: 'kernel'. Nearest: kernels"),
        ("backbone: efficientnetv2-b0\nkernels: [4]", "`kernel` must be an odd whole number"),
        ("backbone: nothing", "Unknown model: 'nothing'"),
        ("a: [", "must be YAML"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(text, sentence, tmp_path):
    path = tmp_path / "space.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        resolve_space(path)
    assert str(error.value).startswith(str(path))
    assert sentence in str(error.value)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(UsageError, match="Unknown space: 'smal'. Nearest: small"):
        resolve_space("smal")
