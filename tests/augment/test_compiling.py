from effnetv2_keras.augment.compiling import choose_compiling


def test_long_phases_are_compiled_and_short_ones_not():
    assert choose_compiling(steps=5000, batch_size=32, image_size=224).compiled
    assert not choose_compiling(steps=50, batch_size=32, image_size=128).compiled


def test_large_images_pay_off_sooner():
    assert not choose_compiling(steps=150, batch_size=32, image_size=128).compiled
    assert choose_compiling(steps=150, batch_size=32, image_size=300).compiled


def test_the_reason_can_be_printed():
    assert choose_compiling(steps=10, batch_size=8, image_size=32).reason == (
        "not compiled: would save about 0 s in 10 steps at 32 px, and takes about 5 s"
    )
