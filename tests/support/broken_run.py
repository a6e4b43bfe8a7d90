"""Runs `effnetv2 ...` as the command line does, and breaks it off at a given moment.

Usage: python broken_run.py MOMENT POLICY train ...

MOMENT is "never" or one of these with numbers, epochs and steps from 1:
    step:E:S        SIGKILL right after a step
    writing:N       SIGKILL while the N-th checkpoint of this process is half written
    unsigned:N      SIGKILL between the N-th checkpoint and its SHA-256
    committed:E     SIGKILL between the checkpoint of an epoch's end and the weights of that epoch
    validation:E    SIGKILL within the validation of an epoch
    term:E:S        SIGTERM within a step
    term-validation:E, term-begin, term-prepare
                    SIGTERM within the validation of an epoch, before the first step, before `fit`
    full:N          from the N-th checkpoint on no file may grow beyond 20 kB, as on a full disk
POLICY is the dtype policy of all layers.
"""

import os
import resource
import signal
import sys

MOMENT, POLICY, *WORDS = sys.argv[1:]
KIND, *WHEN = MOMENT.split(":")
WHEN = tuple(map(int, WHEN))


def send(number):
    os.kill(os.getpid(), number)


def before(owner, name, act):
    """Has `act` called with the same arguments before `owner.name`."""
    original = getattr(owner, name)

    def wrapped(*arguments, **options):
        act(*arguments, **options)
        return original(*arguments, **options)

    setattr(owner, name, wrapped)


def counted(act):
    """Returns a function that acts at the WHEN-th call."""
    calls = []

    def count(*arguments, **options):
        calls.append(1)
        if len(calls) == WHEN[0]:
            act(*arguments, **options)

    return count


def half_written(file, **arrays):
    file.write(b"PK" * 500)
    file.flush()
    send(signal.SIGKILL)


def fill_disk(*arguments, **options):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))


def arm():
    import keras
    import numpy as np

    from effnetv2_keras.report import run_pictures
    from effnetv2_keras.training import checkpoint_folder, prepare
    from effnetv2_keras.training.progress_bar import ProgressBar
    from effnetv2_keras.training.recorder import Recorder

    keras.config.set_dtype_policy(POLICY)
    run_pictures.draw_run_pictures = lambda *arguments: None  # they come after the training

    def here(self, *arguments):
        return (self.position.epoch + 1, self.position.step)

    class Signals(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            send(signal.SIGKILL if KIND == "validation" else signal.SIGTERM)

    if KIND == "step":
        before(ProgressBar, "on_train_batch_end", lambda bar, *_: here(known[0]) == WHEN and send(signal.SIGKILL))
        known = []
        before(Recorder, "catch_up", lambda self: known.append(self))
    elif KIND == "term":
        before(
            Recorder,
            "on_train_batch_end",
            lambda self, *_: here(self) == (WHEN[0], WHEN[1] - 1) and send(signal.SIGTERM),
        )
    elif KIND == "writing":
        before(np, "savez", counted(half_written))
    elif KIND == "unsigned":
        before(checkpoint_folder, "write_text", counted(lambda *_: send(signal.SIGKILL)))
    elif KIND == "full":
        before(checkpoint_folder, "save_checkpoint", counted(fill_disk))
    elif KIND == "committed":
        before(Recorder, "_write_weights", lambda self, _: here(self) == (WHEN[0] + 1, 0) and send(signal.SIGKILL))
    elif KIND in ("validation", "term-validation"):
        number = signal.SIGKILL if KIND == "validation" else signal.SIGTERM
        before(Recorder, "on_test_begin", lambda self, *_: here(self)[0] == WHEN[0] and armed.append(number))
        armed = []
        before(ProgressBar, "on_test_batch_begin", lambda *_: armed and send(armed.pop())) if hasattr(
            ProgressBar, "on_test_batch_begin"
        ) else None
    elif KIND == "term-begin":
        before(ProgressBar, "on_train_begin", lambda *_: send(signal.SIGTERM))
    elif KIND == "term-prepare":
        before(prepare, "open_source", lambda *_, **__: send(signal.SIGTERM))


if __name__ == "__main__":
    from effnetv2_keras.cli.main import main
    from effnetv2_keras.cli.quiet import load_tensorflow

    load_tensorflow()
    arm()
    main(WORDS)
