from effnetv2_keras.export.lite.float_file import Ends, converting
from effnetv2_keras.export.subject import make_subject
from effnetv2_keras.inference.lite_contents import read_lite_contents


def test_a_file_of_16_bits_takes_bytes(even, scans):
    with converting(make_subject(even, None, 32), Ends()) as converter:
        seen = read_lite_contents(converter.convert("int16x8", list(scans.fit[:4])))
    assert (seen.inputs[0].dtype, seen.outputs[0].dtype) == ("uint8", "float32")
    assert next(iter(seen.values)) == "int16"
    assert seen.operations["CAST"] == 1
