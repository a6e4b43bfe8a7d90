import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.serving import Serving


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"formats": ()}, "`formats` must name at least one of jpeg, png, gif, bmp, webp. Got: none."),
        ({"formats": ("jpg",)}, "Unknown formats: 'jpg'. Nearest: jpeg, png."),
        ({"batch_sizes": (0, 8)}, "`batch_sizes` must be at least 1 and rise. Got: [0, 8]."),
        ({"batch_sizes": (8, 1)}, "`batch_sizes` must be at least 1 and rise. Got: [8, 1]."),
        ({"batch_sizes": tuple(range(1, 202))}, "`batch_sizes` must be at most 200. Got: 201."),
    ],
)
def test_refuses_what_a_server_would_choke_on(settings, message):
    with pytest.raises(UsageError) as caught:
        Serving(**settings)
    assert str(caught.value) == message
