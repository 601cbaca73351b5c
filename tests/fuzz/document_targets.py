"""Readers of texts that somebody else wrote: inputs of calculations, source code, sentences of papers.

PDF files are read in a process of its own; tests/cloud/knowledge/documents/test_pdf.py damages those.
"""

from collections.abc import Callable
from pathlib import Path

from adatom.cloud.knowledge.documents.read import document_of
from adatom.protocol.errors import InputError

from .target import Target

EXAMPLES = Path(__file__).parents[2] / "cloud" / "knowledge" / "documents" / "examples"
C = b'#include <math.h>\nint f(int a) { return g(a, 3.0, "x"); }\n'
FORTRAN = b"program p\n use m\n real :: x = 1.0d0\n call s(x, 'a')\nend program p\n"
PAPER = "LLZO has 1.2(3) × 10⁻⁴ to 2e-4 S cm−1 of conductivity at 25 °C."
PYTHON = b"from ase.build import bulk\na = bulk('LiF', a=4.0)\nf(mode=PW(520), kpts=(4, 4, 4))\n"


def document_targets() -> list[Target]:
    """Each of them, fresh."""
    return [
        Target("INCAR", [_example("INCAR")], _reads("INCAR"), (InputError,)),
        Target(
            "KPOINTS",
            [_example("KPOINTS"), b"c\n0\nAuto\n25\n"],
            _reads("KPOINTS"),
            (InputError,),
        ),
        Target("Quantum ESPRESSO input", [_example("pw.in")], _reads("a.pwi"), (InputError,)),
        Target("LAMMPS input", [_example("in.melt")], _reads("in.melt"), (InputError,)),
        Target("Python code", [PYTHON], _reads("a.py"), (InputError,)),
        Target("C code", [C], _reads("a.c"), (InputError,)),
        Target("Fortran code", [FORTRAN], _reads("a.f90"), (InputError,)),
        Target("text of a paper", [PAPER.encode()], _reads("a.txt"), (InputError,)),
    ]


def _example(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes()


def _reads(name: str) -> Callable[[bytes], bool]:
    return lambda data: bool(document_of(data, name).nodes)
