"""A TFLite file in its runtime. Loads no TensorFlow where LiteRT is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from effnetv2_keras.configs.preprocessing import DEFAULT
from effnetv2_keras.errors import DataError
from effnetv2_keras.inference.interpreter import make_interpreter
from effnetv2_keras.inference.lite_contents import LiteTensor, read_lite_contents
from effnetv2_keras.inference.lite_metadata import PREPROCESSING_FILE

TAKES = ("uint8", "float32")


class LiteModel:
    """Scores images, one at a time.

    Files of other origin are run too: they get pixels in [0, 255] in the type they ask for.

    Attributes:
        contents: what is in the file.
        labels: K names, None where the file has none.
        image_size: S, px.
        preprocessing: name of the row that says which part of a photo is seen.
        output: what its scores are called: "probabilities", "logits" or a name of somebody else's.
    """

    def __init__(self, location: Path, num_threads: int | None = None) -> None:
        """Opens a file.

        Raises:
            DataError: if it is no TFLite file that maps a square image to a row of scores.
        """
        content = location.read_bytes()
        self.contents = read_lite_contents(content)
        image, scores = (_only(location, one) for one in (self.contents.inputs, self.contents.outputs))
        self.image_size = _side(location, image)
        self.labels = self.contents.labels
        self.preprocessing = self.contents.texts.get(PREPROCESSING_FILE, DEFAULT).strip()
        self.output = scores.argument or scores.name
        self._dtype = np.dtype(image.dtype)
        self._scale, self._zero = (scores.scales or (1.0,))[0], (scores.zero_points or (0,))[0]
        try:
            self._interpreter = make_interpreter(content, num_threads)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise DataError(f"{location} must be a TFLite file that its runtime can run. Got: {error}.") from None
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def put(self, image: np.ndarray) -> None:
        """Hands over an image (S, S, 3) uint8."""
        self._interpreter.set_tensor(self._input, image[None].astype(self._dtype))

    def run(self) -> None:
        """Computes, and nothing else: what a latency is measured of."""
        self._interpreter.invoke()

    def scores(self) -> np.ndarray:
        """Returns the scores (K,) float32 of the last run."""
        row = self._interpreter.get_tensor(self._output).reshape(-1).astype(np.float32)
        return (row - self._zero) * self._scale

    def score(self, image: np.ndarray) -> np.ndarray:
        """Returns the scores (K,) float32 of an image (S, S, 3) uint8."""
        self.put(image)
        self.run()
        return self.scores()


def _only(location: Path, ends: tuple[LiteTensor, ...]) -> LiteTensor:
    if len(ends) != 1:
        raise DataError(f"{location} must have one input and one output. Got: {len(ends)} on one side.")
    return ends[0]


def _side(location: Path, image: LiteTensor) -> int:
    if image.dtype not in TAKES:
        raise DataError(f"{location} must take images as {' or '.join(TAKES)}. Got: {image.dtype}.")
    if len(image.shape) != 4 or image.shape[1] != image.shape[2] or image.shape[1] < 1 or image.shape[3] != 3:
        shape = " x ".join(map(str, image.shape))
        raise DataError(f"{location} must take one square image, 1 x S x S x 3. Got: {shape}.")
    return image.shape[1]
