"""The gallery in memory: one float32 matrix, searched exactly, by one matrix product."""

from collections.abc import Sequence

import numpy as np

from services.recognizer.vectors import Vector, Vectors

_FIRST_ROWS = 64


class Matrix:
    """Unit vectors by key; rows stay dense, a removal moves the last row into the gap."""

    def __init__(self, dims: int) -> None:
        self._rows: Vectors = np.zeros((_FIRST_ROWS, dims), np.float32)
        self._keys: list[str] = []
        self._row_of: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._row_of

    def put(self, key: str, vector: Vector) -> None:
        """Add or replace one vector."""
        row = self._row_of.get(key)
        if row is None:
            row = len(self._keys)
            if row == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._keys.append(key)
            self._row_of[key] = row
        self._rows[row] = vector

    def drop(self, key: str) -> None:
        """Remove one vector, if it is there."""
        row = self._row_of.pop(key, None)
        if row is None:
            return
        last = self._keys.pop()
        if last != key:
            self._rows[row] = self._rows[len(self._keys)]
            self._keys[row] = last
            self._row_of[last] = row
        self._rows[len(self._keys)] = 0

    def clear(self) -> None:
        """Remove all."""
        self._keys.clear()
        self._row_of.clear()
        self._rows[:] = 0

    def get(self, key: str) -> Vector | None:
        """Return one vector, or None."""
        row = self._row_of.get(key)
        return None if row is None else self._rows[row]

    def rows_of(self, keys: Sequence[str]) -> tuple[Sequence[str], Vectors]:
        """Return those of `keys` that are here, and their vectors, one a row."""
        here = [key for key in keys if key in self._row_of]
        return here, self._rows[[self._row_of[key] for key in here]]

    def search(self, probe: Vector, scope: frozenset[str] | None) -> tuple[Sequence[str], Vector]:
        """Return the keys compared and their cosines; `scope` None compares all."""
        if scope is None:
            return self._keys, self._rows[: len(self._keys)] @ probe
        keys = [key for key in scope if key in self._row_of]
        return keys, self._rows[[self._row_of[key] for key in keys]] @ probe
