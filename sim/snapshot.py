"""A copy of a bench in the middle of a run, made in memory and never written anywhere.

The copy goes through pickle's machinery because `copy.deepcopy` shares functions that close over the bench. Nothing
that comes from outside is ever unpickled here: the bytes do not leave the object.
"""

import io
import pickle
import sys
from types import CellType, CodeType, FunctionType
from typing import Any

from adatom.edge.drivers.base import Exchange

from .twin_faults import TwinFault
from .virtual import VirtualRig
from .world import World


class Snapshot:
    """A rig as it was; `rig` gives a copy that goes its own way. The rig itself is left as it is."""

    def __init__(self, rig: VirtualRig) -> None:
        self._shared: list[Any] = []  # what never changes; drivers compare Exchanges by identity
        buffer = io.BytesIO()
        _Pickler(buffer, self._shared).dump(rig)
        self._data = buffer.getvalue()

    def rig(self) -> VirtualRig:
        """A fresh copy."""
        copy: VirtualRig = _Unpickler(io.BytesIO(self._data), self._shared).load()
        return copy


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._shared = shared
        self._places: dict[int, int] = {}

    def persistent_id(self, thing: Any) -> int | None:
        if not isinstance(thing, Exchange | World | TwinFault | CodeType):
            return None
        if id(thing) not in self._places:
            self._places[id(thing)] = len(self._shared)
            self._shared.append(thing)
        return self._places[id(thing)]

    def reducer_override(self, thing: Any) -> Any:
        """A function that closes over the rig (a twin's table of answers) closes over the copy in the copy."""
        if not isinstance(thing, FunctionType) or "<locals>" not in thing.__qualname__:
            return NotImplemented
        contents = tuple(cell.cell_contents for cell in thing.__closure__ or ())
        made = (thing.__code__, thing.__module__, len(contents))
        return _open_function, made, contents, None, None, _close_function


def _open_function(code: CodeType, module: str, cells: int) -> FunctionType:
    closure = tuple(CellType() for _ in range(cells))
    return FunctionType(code, sys.modules[module].__dict__, closure=closure)


def _close_function(function: FunctionType, contents: tuple[Any, ...]) -> None:
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, place: int) -> Any:
        return self._shared[place]
