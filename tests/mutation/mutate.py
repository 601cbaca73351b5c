"""Mutants of a Python file: each the file with one comparison, constant, operator or statement changed.

A mutant's name is its function, what stood there and what stands there now, so it survives moved lines.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
SIMPLE = (ast.Expr, ast.Return, ast.Raise, ast.AugAssign, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True)
class Mutant:
    """One changed file: its name, and what makes its syntax tree, ready to compile."""

    name: str
    tree: Callable[[], ast.Module]


def mutants(source: str, functions: tuple[str, ...] = ()) -> list[Mutant]:
    """All mutants of a source text; `functions` (qualified names, "" is the module's own level) limits where."""
    tree = ast.parse(source)
    made: list[Mutant] = []
    counts: dict[str, int] = {}
    for where, path in _places(tree):
        if functions and where not in functions:
            continue
        for old, new, changed in _changes(tree, path):
            name = f"{where or '-'}: {old} -> {new}"
            counts[name] = counts.get(name, 0) + 1
            made.append(Mutant(name if counts[name] == 1 else f"{name} #{counts[name]}", changed))
    return made


Path = tuple[tuple[str, int | None], ...]


def _places(tree: ast.Module) -> Iterator[tuple[str, Path]]:
    """(qualified name of the function, path) of every node below a module, annotations and texts left out."""

    def walk(node: ast.AST, where: str, path: Path) -> Iterator[tuple[str, Path]]:
        if isinstance(node, ast.If | ast.Assign) and ast.unparse(node).startswith(
            ("if TYPE_CHECKING", "TYPE_CHECKING")
        ):
            return
        yield where, path
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(child, ast.AST):
                    inside = where
                    if isinstance(child, ast.FunctionDef | ast.ClassDef):
                        inside = f"{where}.{child.name}" if where else child.name
                    yield from walk(child, inside, (*path, (field, place)))

    return walk(tree, "", ())


Change = tuple[str, str, Callable[[], ast.Module]]


def _changes(tree: ast.Module, path: Path) -> Iterator[Change]:
    """(old text, new text, maker of the changed tree) for each way to change the node at a path."""
    node = _at(tree, path)
    for new in _variants(node):
        yield _text(node), "dropped" if isinstance(new, ast.Pass) else _text(new), partial(_replaced, tree, path, new)
    if path and isinstance(node, (*SIMPLE, ast.If)) and path[-1][1] is not None:
        yield from _swapped(tree, path)


def _replaced(tree: ast.Module, path: Path, new: ast.AST) -> ast.Module:
    changed = copy.deepcopy(tree)
    parent, (field, place) = _at(changed, path[:-1]), path[-1]
    if place is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[place] = new
    return ast.fix_missing_locations(changed)


def _swapped(tree: ast.Module, path: Path) -> Iterator[Change]:
    """The statement after the next one, where either may leave the function or trips: their order matters."""
    field, place = path[-1]
    block = getattr(_at(tree, path[:-1]), field)
    if place is None or place + 1 >= len(block):
        return
    pair = block[place : place + 2]
    if any(isinstance(one, ast.FunctionDef | ast.ClassDef) or _is_docstring(one) for one in pair) or not any(
        isinstance(inner, ast.Return | ast.Raise) or _trips(inner) for one in pair for inner in ast.walk(one)
    ):
        return
    yield _text(pair[0]), "after " + _text(pair[1]), partial(_exchanged, tree, path)


def _exchanged(tree: ast.Module, path: Path) -> ast.Module:
    changed = copy.deepcopy(tree)
    field, place = path[-1]
    block = getattr(_at(changed, path[:-1]), field)
    block[place or 0 : (place or 0) + 2] = reversed(block[place or 0 : (place or 0) + 2])
    return changed


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _trips(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("trip", "_trip")


def _at(tree: ast.AST, path: Path) -> ast.AST:
    for field, place in path:
        tree = getattr(tree, field) if place is None else getattr(tree, field)[place]
    return tree


def _variants(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may stand in a node's place."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in COMPARED.get(type(operator), ()):
                yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        values = (node.value // 2, node.value * 2, node.value - 1, node.value + 1)
        yield from (ast.Constant(value) for value in dict.fromkeys(values) if value != node.value)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in COMPUTED and not _is_text(node):
        changed = copy.copy(node)
        changed.op = COMPUTED[type(node.op)]()
        yield changed
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.If | ast.IfExp | ast.While) and not isinstance(node.test, ast.Compare):
        changed = copy.copy(node)
        changed.test = ast.UnaryOp(ast.Not(), node.test)
        yield changed
    if isinstance(node, SIMPLE) and not _is_docstring(node):
        yield ast.Pass()


def _is_text(node: ast.BinOp | ast.AugAssign) -> bool:
    """A text being formatted or joined: it says why, it decides nothing."""
    return any(isinstance(inner, ast.Constant) and isinstance(inner.value, str) for inner in ast.walk(node))


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:160]
