"""An optimizer's state as one versioned JSON: what is in it, and how older ones become the newest.

Every version that was ever written still loads; tests/cloud/optimize/states holds one file of each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adatom.cloud.optimize.checks import check_whole
from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.objective import Objective
from adatom.protocol.errors import InputError

State = dict[str, Any]

VERSION = 2
COMMON = ("columns", "seed", "strategy", "budget", "reference", "asks", "drawn", "pending", "told")


def _sd_in_units(state: State, objectives: Sequence[Objective]) -> State:
    """Version 1 kept the standard deviation of ln(value) for quantities on a log scale; 2 keeps the value's own."""
    logs = {objective.name for objective in objectives if objective.log}

    def entry(name: str, pair: Any) -> Any:
        return [pair[0], pair[1] * abs(pair[0])] if name in logs else pair

    told = [[point, {name: entry(name, pair) for name, pair in result.items()}] for point, result in state["told"]]
    return {**state, "version": 2, "told": told}


UPGRADES: dict[int, Callable[[State, Sequence[Objective]], State]] = {1: _sd_in_units}


def upgraded(state: Mapping[str, Any], objectives: Sequence[Objective]) -> State:
    """The state in the newest version. Raises InputError for one that is none or is newer than this program."""
    if not isinstance(state, Mapping):
        raise InputError("state", f"{type(state).__name__}: must be a table")
    newest: State = dict(state)
    version = newest.get("version")
    if not isinstance(version, int) or (version != VERSION and version not in UPGRADES):
        raise InputError("state.version", f"{version!r}: this program reads 1 to {VERSION}")
    missing = [key for key in COMMON if key not in newest]
    if missing:
        raise InputError(f"state.{missing[0]}", "missing")
    _check(newest)
    while newest["version"] != VERSION:
        newest = UPGRADES[newest["version"]](newest, objectives)
    return newest | {"told": [[point, _with_reason(result)] for point, result in newest["told"]]}


def _check(state: State) -> None:
    """InputError for what no program wrote there, as in a file that somebody edited."""
    for key in ("columns", "pending", "told"):
        if not isinstance(state[key], list):
            raise InputError(f"state.{key}", f"{state[key]!r}: must be a list")
    for key in ("asks", "drawn"):
        check_whole(f"state.{key}", state[key], 0)
    for index, pair in enumerate(state["told"]):
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], Mapping)):
            raise InputError(f"state.told[{index}]", f"{pair!r}: must be [point, result]")


def _with_reason(result: Mapping[str, Any]) -> dict[str, Any]:
    """Failures without a word, which older programs took, have one."""
    return {**result, "failed": result["failed"] or "failed"} if "failed" in result else dict(result)


def saved(space: Domain, objectives: Sequence[Objective], **fields: Any) -> State:
    """A state of the newest version."""
    return {
        "version": VERSION,
        "columns": list(space.names),
        "objectives": [asdict(objective) for objective in objectives],
        **fields,
    }
