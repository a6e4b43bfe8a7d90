import io
import zipfile

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from bare_lite import convert_flat
from flatbuffers.table import Table

from effnetv2_keras.errors import UsageError
from effnetv2_keras.export.lite_metadata import add_metadata

TEXTS = {"name": "flowers", "description": "Tells three flowers apart.", "preprocessing": "photos"}


@pytest.fixture(scope="module")
def bare():
    """A file of the converter: a uint8 image in, 3 probabilities out."""
    return convert_flat()[0]


@pytest.fixture(scope="module")
def tagged(bare):
    return add_metadata(bare, labels=["rose", "tulpe", "gänseblümchen"], version="7", **TEXTS)


def metadata_buffer(content):
    """The bytes behind the entry that MediaPipe looks for, found with LiteRT's own reader."""
    model = schema.Model.GetRootAs(content, 0)
    entries = {model.Metadata(i).Name(): model.Metadata(i).Buffer() for i in range(model.MetadataLength())}
    return model.Buffers(entries[b"TFLITE_METADATA"]).DataAsNumpy().tobytes()


class Reader:
    """Reads a flatbuffer by the numbers of its fields, as they stand in metadata_schema.fbs."""

    def __init__(self, buffer, position):
        self.table = Table(buffer, position)

    @classmethod
    def root(cls, buffer):
        return cls(buffer, int.from_bytes(buffer[:4], "little"))

    def _place(self, slot):
        offset = self.table.Offset(4 + 2 * slot)
        assert offset, f"field {slot} is not there"
        return self.table.Pos + offset

    def has(self, slot):
        return self.table.Offset(4 + 2 * slot) != 0

    def text(self, slot):
        return self.table.String(self._place(slot)).decode()

    def byte(self, slot):
        return self.table.Bytes[self._place(slot)]

    def inner(self, slot):
        return Reader(self.table.Bytes, self.table.Indirect(self._place(slot)))

    def rows(self, slot):
        field = self._place(slot) - self.table.Pos
        start, count = self.table.Vector(field), self.table.VectorLen(field)
        return [Reader(self.table.Bytes, self.table.Indirect(start + 4 * i)) for i in range(count)]

    def floats(self, slot):
        field = self._place(slot) - self.table.Pos
        return np.frombuffer(
            self.table.Bytes, np.float32, self.table.VectorLen(field), self.table.Vector(field)
        ).tolist()


def test_the_metadata_say_what_the_model_is(tagged):
    buffer = metadata_buffer(tagged)
    assert buffer[4:8] == b"M001"
    model = Reader.root(buffer)
    assert [model.text(slot) for slot in (0, 1, 2, 7)] == ["flowers", "Tells three flowers apart.", "7", "1.0.0"]
    assert len(model.rows(3)) == 1


def test_the_input_is_an_image_that_wants_no_normalisation(tagged):
    [graph] = Reader.root(metadata_buffer(tagged)).rows(3)
    [image] = graph.rows(2)
    assert image.text(0) == "image"
    assert image.inner(3).byte(0) == 2  # ImageProperties
    assert image.inner(3).inner(1).byte(0) == 1  # RGB
    [unit] = image.rows(4)
    assert unit.byte(0) == 1  # NormalizationOptions
    assert (unit.inner(1).floats(0), unit.inner(1).floats(1)) == ([0.0], [1.0])
    assert (image.inner(5).floats(0), image.inner(5).floats(1)) == ([255.0], [0.0])


def test_the_output_names_the_file_of_its_labels(tagged):
    [graph] = Reader.root(metadata_buffer(tagged)).rows(3)
    [scores] = graph.rows(3)
    assert scores.text(0) == "probabilities"
    assert scores.inner(3).byte(0) == 1  # FeatureProperties
    [file] = scores.rows(6)
    assert file.text(0) == "labels.txt"
    assert file.byte(2) == 2  # TENSOR_AXIS_LABELS
    assert (scores.inner(5).floats(0), scores.inner(5).floats(1)) == ([1.0], [0.0])


def test_logits_are_called_so_and_have_no_limits(bare):
    content = add_metadata(bare, labels=["rose", "tulpe", "aster"], output="logits", **TEXTS)
    [graph] = Reader.root(metadata_buffer(content)).rows(3)
    [scores] = graph.rows(3)
    assert scores.text(0) == "logits"
    assert not scores.has(5)


def test_the_texts_are_zip_entries_that_are_not_compressed(tagged):
    with zipfile.ZipFile(io.BytesIO(tagged)) as archive:
        assert archive.namelist() == ["labels.txt", "preprocessing.txt"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read("labels.txt").decode() == "rose\ntulpe\ngänseblümchen\n"
        assert archive.read("preprocessing.txt").decode() == "photos\n"
        assert archive.testzip() is None


def test_the_file_computes_what_it_computed(bare, tagged):
    image = np.random.default_rng(1).integers(0, 256, (1, 8, 8, 3)).astype("uint8")
    before, after = (Interpreter(model_content=content) for content in (bare, tagged))
    for interpreter in (before, after):
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        interpreter.invoke()
    got = [one.get_tensor(one.get_output_details()[0]["index"]) for one in (before, after)]
    np.testing.assert_array_equal(got[0], got[1])
    assert before.get_signature_list() == after.get_signature_list()


def test_what_the_converter_noted_is_kept(bare, tagged):
    models = [schema.Model.GetRootAs(content, 0) for content in (bare, tagged)]
    names = [[model.Metadata(i).Name() for i in range(model.MetadataLength())] for model in models]
    assert names[1] == [*names[0], b"TFLITE_METADATA"]
    assert b"min_runtime_version" in names[0]


def test_weights_begin_at_multiples_of_16_bytes(tagged):
    model = schema.Model.GetRootAs(tagged, 0)
    buffers = [model.Buffers(i) for i in range(model.BuffersLength())]
    whole = np.frombuffer(tagged, np.uint8).ctypes.data
    starts = [one.DataAsNumpy().ctypes.data - whole for one in buffers if one.DataLength() > 0]
    assert len(starts) >= 3
    assert {start % 16 for start in starts} == {0}


def test_the_same_file_comes_out_twice(bare, tagged):
    assert add_metadata(bare, labels=["rose", "tulpe", "gänseblümchen"], version="7", **TEXTS) == tagged


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (["rose", "tulpe"], r"`labels` must name the 3 classes of the file\. Got: 2 names\."),
        (["rose", "tulpe", ""], r"`labels` must be names of one line each\. Got: ''\."),
        (["rose", "tulpe", "a\nb"], r"`labels` must be names of one line each\. Got: 'a\\nb'\."),
    ],
)
def test_labels_that_do_not_name_the_classes_are_refused(bare, labels, complaint):
    with pytest.raises(UsageError, match=complaint):
        add_metadata(bare, labels=labels, **TEXTS)


def test_a_file_that_has_metadata_is_refused(tagged):
    with pytest.raises(UsageError, match="must be without metadata"):
        add_metadata(tagged, labels=["rose", "tulpe", "aster"], **TEXTS)
