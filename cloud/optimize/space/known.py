"""Points that obey all the rules of a space, found at construction: where repair pulls to; or who contradicts whom.

Must not know of vectors.
"""

from collections.abc import Sequence

import numpy as np
from adatom.cloud.optimize.arrays import Array, Bools
from adatom.cloud.optimize.space.constraints import Constraint, Linear
from adatom.cloud.optimize.space.program import Program
from adatom.cloud.optimize.space.repair import Repair
from adatom.cloud.optimize.space.sample import Sampler
from adatom.cloud.optimize.space.table import Table
from adatom.protocol.errors import InputError

KNOWN = 64  # points
CORNERS = 4  # of relaxed programs: points of random directions
SEARCHED = 4096  # points before rules that are functions count as never met
CHUNK = 256


def prepare(repair: Repair, linears: Sequence[Linear], rules: Sequence[Constraint], sampler: Sampler) -> None:
    """Give `repair` its known points and the sampler its pilot; raises InputError when no point obeys all the rules."""
    layout = repair.layout
    program = Program(layout, linears)
    _check_compositions(repair, program)
    if linears:
        repair.known = _within_linears(repair, program, sampler)
    if rules:
        table = Table(layout)
        repair.known = _within_rules(repair, rules, sampler, table)
        repair.rules = lambda values: _none_refuses(rules, table, values)
    sampler.pilot()


def _check_compositions(repair: Repair, program: Program) -> None:
    """Compositions are possible each for itself, and their simplex knows a support."""
    for mixture, blend in repair.blends:
        if not len(blend.simplex.supports):
            found = program.solve()
            if found is None:
                raise _contradicting(program)
            blend.simplex.learn(repair.layout.rounded(found)[mixture.columns] > blend.room)
        if not blend.possible:
            names = program.contradiction()
            raise InputError("space", f"no amounts of {mixture.parameter.name} obey {', '.join(names) or 'its rules'}")


def _contradicting(program: Program) -> InputError:
    names = program.contradiction()
    if not names:
        return InputError("space", "no point obeys all the rules")
    if len(names) == 1:
        return InputError("space", f"no point within the ranges obeys: {names[0]}")
    return InputError("space", f"no point obeys together: {'; '.join(names)}")


def _within_linears(repair: Repair, program: Program, sampler: Sampler) -> Array:
    """(m, d) values that obey the linear rules, the first far inside."""
    middle = program.solve()
    if middle is None:
        raise _contradicting(program)
    rng = np.random.default_rng(0)
    corners = [program.corner(rng.uniform(-1.0, 1.0, repair.layout.dimension)) for _ in range(CORNERS)]
    found = np.vstack([middle, *(corner for corner in corners if corner is not None)])
    inside = _obeying(repair, np.vstack([repair.local(found), repair.local(0.5 * (found + found[:1]))]))
    if not len(inside):
        raise InputError("space", f"only single points obey {'; '.join(program.rules)}, and rounding misses them")
    repair.known = inside
    drawn = repair(sampler.drawn(_cube(sampler, KNOWN)))
    halfway = _obeying(repair, repair.local(0.5 * (drawn + inside[:1])))
    return np.asarray(np.unique(np.vstack([inside, halfway]), axis=0))


def _obeying(repair: Repair, values: Array) -> Array:
    """The rows that obey the linear rules, mended by projection where that helps."""
    values = repair.projected(values)
    if repair.flats.any:
        values = repair.local(repair.flats(values, None, None))
    return np.asarray(values[repair.linear(values)])


def _within_rules(repair: Repair, rules: Sequence[Constraint], sampler: Sampler, table: Table) -> Array:
    """(m, d) values that obey the linear rules and the functions; raises InputError naming the rule never met."""
    refusals, found = dict.fromkeys((rule.name for rule in rules), 0), list[Array]()
    draws = _cube(sampler, SEARCHED)
    for start in range(0, SEARCHED, CHUNK):
        values = repair(sampler.drawn(draws[start : start + CHUNK]))
        for row, point in zip(values, table.points(values), strict=True):
            refused = [rule.name for rule in rules if rule.refusal(point) is not None]
            for name in refused:
                refusals[name] += 1
            if not refused:
                found.append(row)
        if len(found) >= KNOWN:
            break
    if not found:
        names = [name for name, count in refusals.items() if count == SEARCHED] or list(refusals)
        raise InputError(", ".join(names), f"allows none of {SEARCHED} points spread over the space")
    return np.array(found[:KNOWN])


def _none_refuses(rules: Sequence[Constraint], table: Table, values: Array) -> Bools:
    """(n,) whether all functions allow the points."""
    return np.array([all(rule.refusal(p) is None for rule in rules) for p in table.points(values)], dtype=bool)


def _cube(sampler: Sampler, count: int) -> Array:
    return np.random.default_rng(1).random((count, sampler.dimension))
