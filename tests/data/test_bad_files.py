import tensorflow as tf

from effnetv2_keras.data.bad_files import BadFileLog, first_good, keep_good, or_skip


def test_a_log_takes_a_file_down_once_and_tells_it_once():
    told = []
    log = BadFileLog(told=told.append)
    assert [log.note(b"b.jpg"), log.note("ä.jpg".encode()), log.note(b"b.jpg")] == [False, False, False]
    assert [bad.location for bad in log.files] == ["b.jpg", "ä.jpg"]
    assert told == list(log.files)


def test_what_cannot_be_read_leaves_a_stand_in_and_its_name():
    log = BadFileLog()

    def read(name):
        return tf.io.decode_png(tf.strings.substr(name, 1, 1000), channels=3)

    @tf.function
    def skip(name):
        return or_skip(read, name, log)

    png = tf.io.encode_png(tf.fill((2, 3, 3), tf.constant(7, tf.uint8))).numpy()
    image, is_good = skip(tf.constant(b"x" + png))
    assert (image.shape, bool(is_good), log.files) == ((2, 3, 3), True, ())
    image, is_good = skip(tf.constant(b"nothing"))
    assert (image.shape, bool(is_good), log.files[0].location) == ((1, 1, 3), False, "nothing")


def test_the_first_readable_attempt_is_taken():
    def read(attempt):
        return tf.fill((4, 5, 3), tf.cast(attempt, tf.uint8)), tf.cast(attempt, tf.int32) * 10, attempt >= 3

    image, label = first_good(read)
    assert image.numpy().tolist() == tf.fill((4, 5, 3), 3).numpy().tolist()
    assert int(label) == 30


def test_keeps_the_readable_rows_of_a_batch():
    images, labels = keep_good(
        tf.reshape(tf.range(3), (3, 1)), tf.constant([7, 8, 9]), tf.constant([True, False, True])
    )
    assert images.numpy().tolist() == [[0], [2]]
    assert labels.numpy().tolist() == [7, 9]
