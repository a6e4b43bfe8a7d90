import threading
import warnings

import pytest

from effnetv2_keras.data.quiet_pillow import WITHOUT_WARNINGS


def test_a_thread_that_leaves_does_not_let_out_what_another_holds_back():
    first_is_out = threading.Event()
    first_is_in = threading.Event()
    escaped = []

    def first():
        with WITHOUT_WARNINGS:
            first_is_in.set()
            second_is_in.wait(10)
        first_is_out.set()

    second_is_in = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait(10)
    try:
        with WITHOUT_WARNINGS:
            second_is_in.set()
            assert first_is_out.wait(10)
            warnings.warn("held back", UserWarning, stacklevel=1)
    except UserWarning as warning:
        escaped.append(warning)
    thread.join()
    assert not escaped
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_errors_pass_and_warnings_are_heard_again_after_them():
    with pytest.raises(ValueError, match="no image"), WITHOUT_WARNINGS:
        raise ValueError("no image")
    with pytest.raises(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)
