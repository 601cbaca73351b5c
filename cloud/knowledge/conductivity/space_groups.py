"""The crystal system of a space group, by its number or by its symbol as tables write it: Ia-3d, P42/nmc, R -3 c H."""

import re

from adatom.cloud.knowledge.conductivity.features import SYSTEMS

LAST = (2, 15, 74, 142, 167, 194, 230)  # the last number of each system (International Tables A)
LATTICE = re.compile(r"[PABCFIR](.*)", re.DOTALL)
CUBIC = re.compile(r"(23|213|[mnda]-?3.*|-43[mncd]|432|4[123]32)(?!\d)")
TETRAGONAL = re.compile(r"-?4.*")


def system_of(number: str, symbol: str) -> str | None:
    """One of SYSTEMS; None where neither is understood: it is then treated as not told."""
    try:
        place = int(float(number))
    except (ValueError, OverflowError):
        place = 0
    if 1 <= place <= LAST[-1]:
        return next(system for system, last in zip(SYSTEMS, LAST, strict=True) if place <= last)
    return _by_symbol(symbol)


def _by_symbol(symbol: str) -> str | None:
    found = LATTICE.fullmatch(re.sub(r"[\s_]|:.*|[HSZ]$", "", symbol))
    body = found[1] if found else ""
    if not re.fullmatch(r"[-1-6/abcdemn]+", body):
        return None
    if body in ("1", "-1"):
        return "triclinic"
    if CUBIC.fullmatch(body):
        return "cubic"
    if TETRAGONAL.fullmatch(body):
        return "tetragonal"
    if body.startswith(("3", "-3")):
        return "trigonal"
    if body.startswith(("6", "-6")):
        return "hexagonal"
    return _by_axes(body)


def _by_axes(body: str) -> str:
    """Orthorhombic has an element along each of three axes, monoclinic along one (or 1 along the others)."""
    axes = re.findall(r"(?:21?|[abcdemn])(?:/[abcdemn])?|1", body)
    return "orthorhombic" if len(axes) == 3 and "1" not in axes and "/" not in body else "monoclinic"
