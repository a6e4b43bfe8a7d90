import pytest

from effnetv2_keras.errors import UsageError
from effnetv2_keras.inference.ray_data import predict_with_ray


@pytest.mark.parametrize("name", ["cpus", "workers", "top", "batch_size"])
def test_a_number_below_one_is_refused_by_the_name_it_was_given_under(name):
    with pytest.raises(UsageError, match=rf"^`{name}` must be (a whole number of )?at least 1\. Got: 0\.$"):
        predict_with_ray([], "model", **{name: 0})
