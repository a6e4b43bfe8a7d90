"""Shards with a tf.train.Example a photo, written by the libraries that own the formats."""

from __future__ import annotations


def example(photo, labels, text=None, *, image_key="image/encoded", label_key="image/class/label"):
    """Returns a record as the released ImageNet scripts write it."""
    import tensorflow as tf

    feature = {
        "image/height": tf.train.Feature(int64_list=tf.train.Int64List(value=[20])),
        image_key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[photo])),
        label_key: tf.train.Feature(int64_list=tf.train.Int64List(value=labels)),
    }
    if text is not None:
        feature["image/class/text"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[text.encode()]))
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def write_tfrecord(path, records, compression=None):
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            writer.write(record)
    return path


def write_array_record(path, records):
    from array_record.python.array_record_module import ArrayRecordWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    writer = ArrayRecordWriter(str(path), "group_size:1")
    for record in records:
        writer.write(record)
    writer.close()
    return path
