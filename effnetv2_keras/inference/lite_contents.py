"""What is in a TFLite file, read from its bytes: nothing is run, and nothing private of a runtime is asked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from effnetv2_keras.errors import DataError

IDENTIFIER = b"TFL3"  # bytes 4 to 7 of every file
LABELS = "labels.txt"
#  what a runtime needs more than the operations built into it for
CUSTOM, VARIABLE = "CUSTOM", "VAR_HANDLE"


@dataclass(frozen=True, slots=True)
class LiteTensor:
    """An input or an output.

    Args:
        argument: its name in the signature, "" where no signature names it.
        name: of the tensor in the file.
        dtype: "float32", "uint8" and so on.
        shape: -1 stands for a side that may change.
        scales: of quantised values, one or one a channel; empty where they are not quantised.
        zero_points: as many as `scales`.
    """

    argument: str
    name: str
    dtype: str
    shape: tuple[int, ...]
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiteContents:
    """A file, taken apart.

    Args:
        num_bytes: of the whole file, what is appended to it included.
        operations: how often each is used, the most frequent first; one that is not built in is called as its file
            calls it, TensorFlow's own "Flex...".
        not_built_in: names of those.
        has_variables: whether it keeps its weights, or anything else, in variables.
        dynamic: names of tensors with a side that may change.
        inputs: of the first signature, else of the main graph.
        outputs: as `inputs`.
        signatures: their keys.
        weight_bytes: of constants, by the type they are stored in, the largest first.
        values: how many of the tensors that are computed have which type, the most frequent first.
        texts: the text files that are appended, by name.
    """

    num_bytes: int
    operations: dict[str, int]
    not_built_in: tuple[str, ...]
    has_variables: bool
    dynamic: tuple[str, ...]
    inputs: tuple[LiteTensor, ...]
    outputs: tuple[LiteTensor, ...]
    signatures: tuple[str, ...]
    weight_bytes: dict[str, int]
    values: dict[str, int]
    texts: dict[str, str]

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The names of the classes, None where the file has none."""
        return tuple(self.texts[LABELS].splitlines()) if LABELS in self.texts else None


def read_lite_contents(content: bytes) -> LiteContents:
    """Takes the bytes of a TFLite file apart.

    Raises:
        DataError: if they are no TFLite file.
    """
    schema = lite_schema()
    if content[4:8] != IDENTIFIER:
        raise DataError(f"A TFLite file must have {IDENTIFIER.decode()} at its fifth byte. Got: {content[4:8]!r}.")
    try:
        return _read(schema, content)
    except (struct.error, TypeError, IndexError, AttributeError) as error:
        raise DataError(f"A TFLite file must be whole. Got: one that ends early or is damaged ({error}).") from None


def lite_schema() -> ModuleType:
    """Returns the classes that read the format: LiteRT's where it is installed, else TensorFlow's own."""
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError:
        from tensorflow.lite.python import schema_py_generated
    return schema_py_generated


def text_files(content: bytes) -> dict[str, str]:
    """Returns the text files that are appended to a TFLite file, which makes a zip archive of it, by name."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    except zipfile.BadZipFile:
        return {}


def _read(schema: ModuleType, content: bytes) -> LiteContents:
    model = schema.Model.GetRootAs(content, 0)
    graphs = [model.Subgraphs(i) for i in range(model.SubgraphsLength())]
    codes = [_operation(schema, model.OperatorCodes(i)) for i in range(model.OperatorCodesLength())]
    used = Counter(codes[graph.Operators(i).OpcodeIndex()] for graph in graphs for i in range(graph.OperatorsLength()))
    builtin = set(_names(schema.BuiltinOperator).values())
    tensors = [graph.Tensors(i) for graph in graphs for i in range(graph.TensorsLength())]
    inputs, outputs = _ends(schema, model)
    return LiteContents(
        num_bytes=len(content),
        operations=dict(used.most_common()),
        not_built_in=tuple(sorted(name for name in used if name not in builtin)),
        has_variables=VARIABLE in used,
        dynamic=tuple(_text(tensor.Name()) for tensor in tensors if -1 in _shape(tensor)),
        inputs=inputs,
        outputs=outputs,
        signatures=tuple(_text(one.SignatureKey()) for one in _signatures(model)),
        weight_bytes=_weight_bytes(schema, model, tensors),
        values=_values(schema, model, tensors),
        texts=text_files(content),
    )


def _operation(schema: ModuleType, code: Any) -> str:
    name = _names(schema.BuiltinOperator)[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    return _text(code.CustomCode()) or CUSTOM if name == CUSTOM else name


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


def _signatures(model: Any) -> Iterator[Any]:
    return (model.SignatureDefs(i) for i in range(model.SignatureDefsLength()))


def _ends(schema: ModuleType, model: Any) -> tuple[tuple[LiteTensor, ...], ...]:
    """Returns the inputs and the outputs."""
    for one in _signatures(model):
        graph = model.Subgraphs(one.SubgraphIndex())
        ends = (map(one.Inputs, range(one.InputsLength())), map(one.Outputs, range(one.OutputsLength())))
        named = ([(end.TensorIndex(), _text(end.Name())) for end in side] for side in ends)
        return tuple(tuple(_tensor(schema, graph.Tensors(i), name) for i, name in side) for side in named)
    graph = model.Subgraphs(0)
    numbers = (map(graph.Inputs, range(graph.InputsLength())), map(graph.Outputs, range(graph.OutputsLength())))
    return tuple(tuple(_tensor(schema, graph.Tensors(i), "") for i in side) for side in numbers)


def _tensor(schema: ModuleType, tensor: Any, argument: str) -> LiteTensor:
    how = tensor.Quantization()
    count = 0 if how is None else how.ScaleLength()
    return LiteTensor(
        argument,
        _text(tensor.Name()),
        _names(schema.TensorType)[tensor.Type()].lower(),
        _shape(tensor),
        tuple(float(how.Scale(i)) for i in range(count)),
        tuple(int(how.ZeroPoint(i)) for i in range(count)),
    )


def _shape(tensor: Any) -> tuple[int, ...]:
    """Returns a shape with -1 for the sides that may change; files without such have one shape only."""
    if tensor.ShapeSignatureLength():
        return tuple(int(side) for side in np.atleast_1d(tensor.ShapeSignatureAsNumpy()))
    return tuple(int(tensor.Shape(i)) for i in range(tensor.ShapeLength()))


def _weight_bytes(schema: ModuleType, model: Any, tensors: list[Any]) -> dict[str, int]:
    kinds, sizes = _names(schema.TensorType), Counter[str]()
    seen: set[int] = set()
    for tensor in tensors:
        size = model.Buffers(tensor.Buffer()).DataLength()
        if size and tensor.Buffer() not in seen:
            seen.add(tensor.Buffer())
            sizes[kinds[tensor.Type()].lower()] += size
    return dict(sizes.most_common())


def _values(schema: ModuleType, model: Any, tensors: list[Any]) -> dict[str, int]:
    kinds = _names(schema.TensorType)
    computed = (tensor for tensor in tensors if not model.Buffers(tensor.Buffer()).DataLength())
    return dict(Counter(kinds[tensor.Type()].lower() for tensor in computed).most_common())


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("utf-8", "replace")
