"""A small ONNX graph with FaceNet's signature, (n,160,160,3) -> (n,128), written byte by byte.

Transpose to (n,3,160,160), AveragePool of 20×20, Flatten to (n,192), MatMul with a weight of (192,128).
The protobuf field numbers are those of onnx.proto3.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIDE, POOL, DIMS = 160, 20, 128
FEATURES = 3 * (SIDE // POOL) ** 2
_FLOAT = 1


def weight(seed: int = 7) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(FEATURES, DIMS)).astype(np.float32)


def reference(faces_0_to_1: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the graph computes, in numpy."""
    n, cells = len(faces_0_to_1), SIDE // POOL
    pooled = faces_0_to_1.reshape(n, cells, POOL, cells, POOL, 3).mean(axis=(2, 4))
    return np.asarray(pooled.transpose(0, 3, 1, 2).reshape(n, FEATURES) @ matrix, np.float32)


def facenet_like(matrix: NDArray[np.float32]) -> bytes:
    graph = b"".join(
        [
            _part(1, _node("Transpose", ["image"], ["t"], _ints("perm", [0, 3, 1, 2]))),
            _part(
                1,
                _node("AveragePool", ["t"], ["p"], _ints("kernel_shape", [POOL, POOL]), _ints("strides", [POOL, POOL])),
            ),
            _part(1, _node("Flatten", ["p"], ["f"])),
            _part(1, _node("MatMul", ["f", "w"], ["embedding"])),
            _part(2, b"facenet"),
            _part(5, _tensor("w", matrix)),
            _part(11, _value("image", ["n", SIDE, SIDE, 3])),
            _part(12, _value("embedding", ["n", DIMS])),
        ]
    )
    opset = _part(1, b"") + _number(2, 13)
    return _number(1, 8) + _part(7, graph) + _part(8, opset)


def _node(kind: str, inputs: Sequence[str], outputs: Sequence[str], *attributes: bytes) -> bytes:
    parts = [_part(1, name.encode()) for name in inputs] + [_part(2, name.encode()) for name in outputs]
    return b"".join([*parts, _part(4, kind.encode()), *(_part(5, attribute) for attribute in attributes)])


def _ints(name: str, values: Sequence[int]) -> bytes:
    return _part(1, name.encode()) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def _tensor(name: str, array: NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, size) for size in array.shape)
    return dims + _number(2, _FLOAT) + _part(8, name.encode()) + _part(9, array.astype("<f4").tobytes())


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_part(1, _part(2, d.encode()) if isinstance(d, str) else _number(1, d)) for d in shape)
    tensor = _number(1, _FLOAT) + _part(2, dims)
    return _part(1, name.encode()) + _part(2, _part(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
