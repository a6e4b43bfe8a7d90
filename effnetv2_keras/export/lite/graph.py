"""A float32 TFLite file as a graph: its operations, and its weights where they lie in the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from effnetv2_keras.inference.lite_contents import lite_schema

NO_TENSOR = -1  # stands for an input that is left out
LINEAR = "NONE"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; tensors are numbers.

    Args:
        kind: as the format calls it, "CONV_2D".
        inputs: tensors in, constants too.
        outputs: tensors out.
        activation: what is applied to the result, "NONE" for nothing.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    activation: str = LINEAR

    @property
    def weights(self) -> tuple[int, ...]:
        """Kernel and bias of a convolution or a dense layer; one without a bias has none."""
        return tuple(tensor for tensor in self.inputs[1:] if tensor != NO_TENSOR)


class LiteGraph:
    """The main graph of a file.

    Args:
        content: the file's bytes.

    Attributes:
        content: a copy of them, which the arrays of `constant` write to.
        operations: in the order in which they run.
        names: of the tensors.
        shapes: of the tensors.
    """

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)
        self._schema = lite_schema()
        self._model = self._schema.Model.GetRootAs(self.content, 0)
        graph = self._model.Subgraphs(0)
        self._tensors = [graph.Tensors(i) for i in range(graph.TensorsLength())]
        self.names = tuple((tensor.Name() or b"").decode() for tensor in self._tensors)
        self.shapes = tuple(tuple(t.Shape(i) for i in range(t.ShapeLength())) for t in self._tensors)
        self.operations = tuple(self._operation(graph.Operators(i)) for i in range(graph.OperatorsLength()))
        self.ends = {graph.Inputs(i) for i in range(graph.InputsLength())}
        self.ends |= {graph.Outputs(i) for i in range(graph.OutputsLength())}
        self._readers = Counter(
            self._tensors[one].Buffer() for op in self.operations for one in op.inputs if one != NO_TENSOR
        )

    def is_constant(self, tensor: int) -> bool:
        """Tells whether the values of a tensor are in the file."""
        return bool(self._model.Buffers(self._tensors[tensor].Buffer()).DataLength())

    def is_computed(self, tensor: int) -> bool:
        """Tells whether a tensor is float32 and comes out of an operation."""
        if tensor == NO_TENSOR or self.is_constant(tensor):
            return False
        return self._tensors[tensor].Type() == self._schema.TensorType.FLOAT32

    def constant(self, tensor: int) -> np.ndarray:
        """Returns the values of a float32 constant; what is written to them is written to `content`."""
        values = self._model.Buffers(self._tensors[tensor].Buffer()).DataAsNumpy()
        return values.view(np.float32).reshape(self.shapes[tensor])

    def is_shared(self, tensor: int) -> bool:
        """Tells whether the values of a constant are read by more than one operation."""
        return self._readers[self._tensors[tensor].Buffer()] > 1

    def _operation(self, operator: Any) -> Operation:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = _name(self._schema.BuiltinOperator, max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
        return Operation(
            kind,
            tuple(operator.Inputs(i) for i in range(operator.InputsLength())),
            tuple(operator.Outputs(i) for i in range(operator.OutputsLength())),
            self._activation(kind, operator),
        )

    def _activation(self, kind: str, operator: Any) -> str:
        options = {
            "CONV_2D": self._schema.Conv2DOptions,
            "DEPTHWISE_CONV_2D": self._schema.DepthwiseConv2DOptions,
            "ADD": self._schema.AddOptions,
        }.get(kind)
        table = operator.BuiltinOptions()
        if options is None or table is None:
            return LINEAR
        read = options()
        read.Init(table.Bytes, table.Pos)
        return _name(self._schema.ActivationFunctionType, read.FusedActivationFunction())


def _name(enumeration: type, number: int) -> str:
    return next(name for name, value in vars(enumeration).items() if isinstance(value, int) and value == number)
