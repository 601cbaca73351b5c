"""An optimizer's state as one versioned JSON: what is in it, and how older ones become the newest.

Every version that was ever written still loads; tests/cloud/optimize/states holds one file of each.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adatom.cloud.optimize.checks import check_whole
from adatom.cloud.optimize.domain import Domain
from adatom.cloud.optimize.objective import Objective
from adatom.protocol.errors import InputError

State = dict[str, Any]

VERSION = 3
MEANING = ("direction", "log", "target")  # fields of an objective that say what its numbers mean
COMMON = ("columns", "seed", "strategy", "budget", "reference", "asks", "drawn", "pending", "told")
KEYS = {1: COMMON, 2: COMMON, 3: (*COMMON, "space", "others")}  # of each version


def _sd_in_units(state: State, objectives: Sequence[Objective]) -> State:
    """Version 1 kept the standard deviation of ln(value) for quantities on a log scale; 2 keeps the value's own."""
    logs = {objective.name for objective in objectives if objective.log}

    def entry(name: str, pair: Any) -> Any:
        return [pair[0], pair[1] * abs(pair[0])] if name in logs else pair

    told = [[point, {name: entry(name, pair) for name, pair in result.items()}] for point, result in state["told"]]
    return {**state, "version": 2, "told": told}


def _without_a_space(state: State, objectives: Sequence[Objective]) -> State:
    """Version 2 did not say which space it was of, and knew of no other sources."""
    return {**state, "version": 3, "space": None, "others": {}}


UPGRADES: dict[int, Callable[[State, Sequence[Objective]], State]] = {1: _sd_in_units, 2: _without_a_space}


def upgraded(state: Mapping[str, Any], objectives: Sequence[Objective]) -> State:
    """The state in the newest version. Raises InputError for one that is none or is newer than this program."""
    if not isinstance(state, Mapping):
        raise InputError("state", f"{type(state).__name__}: must be a table")
    newest: State = dict(state)
    version = newest.get("version")
    if not isinstance(version, int) or (version != VERSION and version not in UPGRADES):
        raise InputError("state.version", f"{version!r}: this program reads 1 to {VERSION}")
    missing = [key for key in KEYS[version] if key not in newest]
    if missing:
        raise InputError(f"state.{missing[0]}", "missing")
    _check(newest)
    while newest["version"] != VERSION:
        newest = UPGRADES[newest["version"]](newest, objectives)
    return newest | {"told": [[point, _with_reason(result)] for point, result in newest["told"]]}


def _check(state: State) -> None:
    """InputError for what no program wrote there, as in a file that somebody edited."""
    for key in ("columns", "pending"):
        if not isinstance(state[key], list):
            raise InputError(f"state.{key}", f"{state[key]!r}: must be a list")
    for key in ("asks", "drawn"):
        check_whole(f"state.{key}", state[key], 0)
    others = state.get("others", {})
    if not isinstance(others, Mapping):
        raise InputError("state.others", f"{others!r}: must be a table")
    for where, pairs in {"told": state["told"], **{f"others.{name}": pairs for name, pairs in others.items()}}.items():
        if not isinstance(pairs, list):
            raise InputError(f"state.{where}", f"{pairs!r}: must be a list")
        for index, pair in enumerate(pairs):
            if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], Mapping)):
                raise InputError(f"state.{where}[{index}]", f"{pair!r}: must be [point, result]")


def _with_reason(result: Mapping[str, Any]) -> dict[str, Any]:
    """Failures without a word, which older programs took, have one."""
    return {**result, "failed": result["failed"] or "failed"} if "failed" in result else dict(result)


def differences(state: State, space: Domain, objectives: Sequence[Objective]) -> list[str]:
    """In what space and objectives differ from those of the state, in words; thresholds and weights may.

    Of a space only what the state says is compared: older ones say nothing.
    """
    said = [] if state["space"] is None else _differing("", state["space"], _jsonable(space.to_dict()))
    before = {str(table.get("name")): table for table in state.get("objectives", [])}
    now = {objective.name: _jsonable(asdict(objective)) for objective in objectives}
    said += [f"objective {name} is new" for name in now if before and name not in before]
    said += [f"objective {name} is gone" for name in before if name not in now]
    for name in now.keys() & before.keys():
        known = {field: before[name][field] for field in MEANING if field in before[name]}
        said += _differing(name, known, {field: now[name][field] for field in known})
    return said


def _differing(where: str, before: Any, now: Any) -> list[str]:
    """Each leaf that differs, as in "space.x.high was 800 and now is 700"."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        keys = dict.fromkeys((*before, *now))
        return [
            text for key in keys for text in _differing(f"{where}.{key}".lstrip("."), before.get(key), now.get(key))
        ]
    return [] if before == now else [f"{where} {_was(before)} and {_now(now)}"]


def _was(value: Any) -> str:
    return "was not there" if value is None else f"was {json.dumps(value)}"


def _now(value: Any) -> str:
    return "now is gone" if value is None else f"now is {json.dumps(value)}"


def _jsonable(value: Any) -> Any:
    """As it is read back: tuples are lists, keys are texts."""
    return json.loads(json.dumps(value))


def saved(space: Domain, objectives: Sequence[Objective], **fields: Any) -> State:
    """A state of the newest version."""
    return {
        "version": VERSION,
        "columns": list(space.names),
        "space": _jsonable(space.to_dict()),
        "objectives": [asdict(objective) for objective in objectives],
        **fields,
    }
