"""Runs mutants against the fast tests, each in a forked child: python -m tests.mutation [--sample N] [FILE ...].

A mutant is killed when a test fails, the child crashes or takes too long. Survivors must stand in equivalent.txt with a
reason; a line there that names no mutant is an error too. The unchanged file must survive first: tests that cannot even
be imported would kill everything.
"""

import argparse
import ast
import importlib
import importlib.util
import inspect
import itertools
import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

from .mutate import Mutant, mutants

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
TIMEOUT_S = 6  # processor seconds of one child; unchanged files take up to two
FIRST = (
    "pytest",
    "hypothesis",
    "hypothesis.stateful",
    "adatom.protocol.envelope",
)  # imported once
WHOLE = ("tests.edge.test_interlock_whole", "tests.edge.test_interlock")
# file -> (functions, all when empty; test modules, the quickest killer first)
TARGETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "edge/interlock.py": ((), WHOLE),
    "edge/interlock_heat.py": ((), ("tests.edge.test_interlock_heat", *WHOLE)),
    "edge/interlock_gas.py": ((), ("tests.edge.test_interlock_gas", *WHOLE)),
    "edge/interlock_laser.py": ((), ("tests.edge.test_interlock_laser", *WHOLE)),
    "edge/interlock_sensor.py": ((), ("tests.edge.test_interlock_sensor", *WHOLE)),
    "edge/guardian.py": (
        ("", "elapsed_ms", "arm_seal", "Inputs.__init__", "Guardian.__init__", "Guardian.tick", "Guardian.outputs",
         "Guardian.pulses_due", "Guardian.handle", "Guardian._command", "Guardian._lease", "Guardian._pulse",
         "Guardian._open", "Guardian._arm", "Guardian._permitted", "Guardian._press", "Guardian._set_fault",
         "Guardian._advance", "Guardian._fire", "Guardian._drop", "Guardian._draw_nonce", "_words", "_number"),
        ("tests.edge.test_guardian_limits", "tests.edge.test_guardian"),
    ),
    "edge/drivers/base.py": (
        ("Driver.__init__", "Driver.write", "Driver.safe", "Driver.is_safe", "Driver.value", "Driver.outgoing",
         "Driver._expire_leases", "Driver._unchanged", "Driver._done", "Driver._failed"),
        ("tests.edge.drivers.test_leases",),
    ),
    "protocol/envelope.py": (
        ("check", "energy_for_fluence_mj", "_energy_reasons", "_target_reasons"),
        ("tests.protocol.test_envelope_check",),
    ),
}  # fmt: skip


def all_mutants(files: list[str]) -> list[tuple[str, Mutant]]:
    """(file, mutant) of every mutant of the files."""
    return [(file, one) for file in files for one in mutants((ROOT / file).read_text(), TARGETS[file][0])]


def equivalents() -> dict[str, str]:
    """Name of a mutant with its file -> why it changes nothing."""
    lines = [line for line in EQUIVALENT.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("  # ", 1) for line in lines)


def survives(file: str, mutant: Mutant, tests: tuple[str, ...]) -> bool:
    """Whether every test passes with the changed file."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT_S, TIMEOUT_S))
        status = 1
        try:
            _substitute(file, mutant.tree())
            ran = [test() for test in itertools.chain.from_iterable(map(_tests, tests))]
            status = 0 if ran else 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _substitute(file: str, tree: object) -> None:
    """Put the changed module in the place of the real one, for whoever imports it from now on."""
    anew = ("adatom.edge", "tests.edge") if file.startswith("edge/") else ("adatom.", "tests.edge", "tests.protocol")
    for name in [name for name in sys.modules if name.startswith(anew)]:  # protocol never imports edge
        del sys.modules[name]
    name = "adatom." + file.removesuffix(".py").replace("/", ".")
    package = importlib.import_module(name.rpartition(".")[0])
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(name)
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(tree, file, "exec"), module.__dict__)  # type: ignore[call-overload]
    setattr(package, name.rpartition(".")[2], module)


def _tests(name: str) -> Iterator[Callable[[], object]]:
    """The tests of a module, parametrized ones once for each value; those that search (hypothesis) are left out."""
    module = importlib.import_module(name)
    for test in [value for key, value in vars(module).items() if key.startswith("test_") and callable(value)]:
        if hasattr(test, "hypothesis") or getattr(test, "slow_for_mutants", False):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        axes = [[_named(mark.args[0], value) for value in mark.args[1]] for mark in marks]
        for point in itertools.product(*axes):
            arguments = {key: value for part in point for key, value in part.items()}
            if set(inspect.signature(test).parameters) <= set(arguments):
                yield lambda test=test, arguments=arguments: test(**arguments)  # type: ignore[misc]


def _named(names: str | tuple[str, ...], value: object) -> dict[str, object]:
    keys = [key.strip() for key in names.split(",")] if isinstance(names, str) else list(names)
    return {keys[0]: value} if len(keys) == 1 else dict(zip(keys, value, strict=True))  # type: ignore[call-overload]


def unsound(files: Iterable[str]) -> list[str]:
    """The files whose tests fail, or are none, without any change: nothing could be said of their mutants."""
    same = {file: Mutant("unchanged", partial(ast.parse, (ROOT / file).read_text())) for file in files}
    return [file for file, mutant in same.items() if not survives(file, mutant, TARGETS[file][1])]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", default=list(TARGETS), metavar="FILE")
    parser.add_argument("--sample", type=int, default=0, help="only so many, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the totals of each file there")
    return parser.parse_args()


def _run(file: str, todo: list[Mutant], equivalent: int) -> dict[str, int]:
    """The totals of a file; survivors are named as they are found."""
    alive = 0
    for mutant in todo:
        if survives(file, mutant, TARGETS[file][1]):
            alive += 1
            print("survived:", file, mutant.name, flush=True)
    print(f"{file}: {len(todo) - alive} of {len(todo)} killed, {equivalent} equivalent", flush=True)
    return {"mutants": len(todo) + equivalent, "killed": len(todo) - alive, "equivalent": equivalent, "alive": alive}


def main() -> int:
    """Exit status: 0 when all mutants were killed or are known to be equivalent."""
    chosen = _arguments()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in FIRST:
        importlib.import_module(name)
    known = equivalents()
    found = all_mutants(list(TARGETS))
    gone = sorted(set(known) - {f"{file} {mutant.name}" for file, mutant in found})
    todo = [(f, m) for f, m in found if f in chosen.files and f"{f} {m.name}" not in known]
    if chosen.sample:
        todo = random.Random(chosen.seed).sample(todo, min(chosen.sample, len(todo)))
    files = [file for file in chosen.files if any(file == f for f, _ in todo)]
    if broken := unsound(files):
        print("tests fail without a mutant:", *broken)
        return 2
    totals = {}
    for file in files:
        equivalent = sum(name.startswith(file + " ") for name in known)
        totals[file] = _run(file, [m for f, m in todo if f == file], equivalent)
    for name in gone:
        print("equivalent.txt names no mutant:", name)
    whole = {key: sum(total[key] for total in totals.values()) for key in ("mutants", "killed", "equivalent", "alive")}
    print(f"{whole['killed']} of {len(todo)} mutants killed, {whole['equivalent']} equivalent ones set aside")
    if chosen.json:
        chosen.json.write_text(json.dumps({**totals, "all": whole}, indent=2) + "\n")
    return 1 if whole["alive"] or gone else 0


if __name__ == "__main__":
    sys.exit(main())
