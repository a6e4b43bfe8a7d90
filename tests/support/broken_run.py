"""Breaks `effnetv2 train` off at a given moment; as a script, in a process of its own that may be killed.

Usage: python broken_run.py MOMENT train ...
"""

import os
import resource
import signal
import sys

# fmt: off
MOMENTS = {
    #  name              numbers that follow        what happens there
    "never":            "",
    "step":             ":EPOCH:STEP",              # SIGKILL right after a step, before a checkpoint that is due
    "writing":          ":N",                       # SIGKILL while the N-th checkpoint of the process is half written
    "unsigned":         ":N",                       # SIGKILL between the N-th checkpoint and its SHA-256
    "committed":        ":EPOCH",                   # SIGKILL between an epoch's checkpoint and its weights
    "validation":       ":EPOCH",                   # SIGKILL within an epoch's validation
    "term":             ":EPOCH:STEP",              # SIGTERM right after a step
    "term-validation":  ":EPOCH",                   # SIGTERM within an epoch's validation
    "term-begin":       "",                         # SIGTERM before the first step is compiled
    "term-prepare":     "",                         # SIGTERM while the data are opened
    "spoilt":           ":EPOCH:STEP",              # the weights of the classifier are no numbers in this step, once
    "full":             ":N",                       # from the N-th checkpoint on files may not grow, as on a full disk
}
# fmt: on
ROOM = 20_000  # bytes that a file may have on the full disk: less than a checkpoint


def arm(moment, patch=setattr):
    """Has it happen at `moment`; `patch` sets attributes, so that a test can take them back."""
    from effnetv2_keras.training import checkpoint_folder, prepare
    from effnetv2_keras.training.checkpoint import np
    from effnetv2_keras.training.checkpointing import Checkpointing
    from effnetv2_keras.training.interrupt import InterruptGuard
    from effnetv2_keras.training.progress_bar import ProgressBar
    from effnetv2_keras.training.recorder import Recorder

    kind, *when = moment.split(":")
    when = tuple(map(int, when))
    number = signal.SIGTERM if kind.startswith("term") else signal.SIGKILL
    recorders = []

    def before(owner, name, act):
        original = getattr(owner, name)

        def wrapped(*arguments, **options):
            act(*arguments)
            return original(*arguments, **options)

        patch(owner, name, wrapped)

    def send(*arguments):
        os.kill(os.getpid(), number)

    def nth(act):
        calls = []

        def count(*arguments):
            calls.append(1)
            if len(calls) == when[0]:
                act(*arguments)

        return count

    def at(recorder, *place):
        if (recorder.position.epoch + 1, recorder.position.step)[: len(place)] == place:
            send()

    if kind in ("step", "term"):
        before(Checkpointing, "on_train_batch_end", lambda self, *_: at(self.recorder, *when))
    elif kind == "writing":
        before(np, "savez", nth(_half_written))
    elif kind == "unsigned":
        before(checkpoint_folder, "write_text", nth(send))
    elif kind == "committed":
        before(Recorder, "_write_weights", lambda self, *_: at(self, when[0] + 1, 0))
    elif kind.endswith("validation"):
        before(Recorder, "on_test_begin", lambda self, *_: recorders.append(self))
        before(InterruptGuard, "on_test_batch_end", lambda *_: at(recorders[-1], *when))
    elif kind == "term-begin":
        before(ProgressBar, "on_train_begin", send)
    elif kind == "term-prepare":
        before(prepare, "open_source", send)
    elif kind == "spoilt":
        before(Recorder, "on_train_batch_begin", lambda self, *_: _spoil(self, (when[0] - 1, when[1] - 1), recorders))
    elif kind == "full":
        before(checkpoint_folder, "save_checkpoint", nth(_fill_disk))


def _spoil(recorder, place, done):
    if (recorder.position.epoch, recorder.position.step) == place and not done:
        done.append(recorder)
        weights = recorder.model.network.layers[-1].kernel
        weights.assign(weights * float("nan"))


def _half_written(file, *arguments):
    file.write(b"PK" * 500)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def _fill_disk(*arguments):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))


if __name__ == "__main__":
    from effnetv2_keras.cli.quiet import load_tensorflow

    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    load_tensorflow()
    from effnetv2_keras.cli.main import main
    from effnetv2_keras.report import run_pictures

    run_pictures.draw_run_pictures = lambda *arguments: None  # they come after the training
    arm(sys.argv[1])
    main(sys.argv[2:])
