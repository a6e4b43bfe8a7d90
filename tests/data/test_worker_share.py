import numpy as np
import pytest
import tensorflow as tf

from effnetv2_keras.data.open_source import open_source
from effnetv2_keras.data.worker_share import as_long_as_the_others, own_batch, own_images
from effnetv2_keras.errors import UsageError


def test_a_batch_is_shared_out_evenly():
    assert own_batch(12, 3) == 4
    with pytest.raises(UsageError, match="`batch_size` must be a multiple of the number of workers, 3. Got: 10."):
        own_batch(10, 3)


def test_each_image_is_measured_by_one_worker(photo_folder):
    split = open_source(photo_folder, validation=0.25).train  # nine images
    shares = [own_images(split, worker, 2) for worker in range(2)]
    assert [len(share) for share in shares] == [5, 4]
    assert sorted(location for share in shares for location in share.locations) == sorted(split.locations)
    assert own_images(split, 0, 1) is split
    with pytest.raises(UsageError, match="The train split must hold an image for each of 10 workers. Got: 9."):
        own_images(split, 0, 10)


def batches(count, size):
    images = tf.data.Dataset.from_tensor_slices((np.ones((count, 4, 4, 3), "uint8"), np.zeros(count, "int32")))
    return images.batch(size)


@pytest.mark.parametrize(("count", "expected"), [(5, [2, 2, 1]), (4, [2, 2, 0])])
def test_workers_with_fewer_images_take_empty_steps(count, expected):
    data = as_long_as_the_others(batches(count, 2), num_images=9, batch_size=2, num_workers=2)
    assert int(data.cardinality()) == 3
    assert [(len(images), len(labels)) for images, labels in data] == [(size, size) for size in expected]
