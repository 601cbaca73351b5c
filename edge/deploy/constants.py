"""Source with its named constants written as values: on a board a name costs RAM, a number in the code does not.

A constant is a capital name that its module binds once, to a number, a short text, or a tuple of such that is only
looked up by constants. References are replaced in the module and wherever it is imported from there (unused.py then
leaves out the name). Tests hold that the result does what the source does. It is a compiler's step, so it works on
syntax trees and knows nothing of what the code is for.
"""

import ast
import importlib
import re
from collections import Counter

NAME = re.compile(r"^_?[A-Z][A-Z0-9_]*$")
TEXT_MAX = 40  # longer texts stay where they are, shared by all who use them
GUARD = "TYPE_CHECKING"
Value = int | float | str | bytes | bool | tuple["Value", ...]


def without_names(trees: dict[str, ast.Module]) -> None:
    """Rewrite {module: syntax tree}, all modules that belong together, in place."""
    known = {module: _constants(module, tree) for module, tree in trees.items()}
    for module, tree in trees.items():
        values: dict[str, Value] = {**known[module], **_imported(module, tree, known), GUARD: False}
        tree.body = [kept for statement in tree.body for kept in _unguarded(statement)]
        tree.body = [part for statement in tree.body for part in _apart(statement, known[module])]
        ast.fix_missing_locations(_Values(values).visit(tree))


def _constants(module: str, tree: ast.Module) -> dict[str, Value]:
    """The constants of a module: their names from its source, their values from the module itself."""
    bound = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _stores(node))
    names = [name for statement in tree.body if isinstance(statement, ast.Assign) for name in _targets(statement)]
    names = [name for name in names if NAME.match(name) and bound[name] == 1]
    if not names:
        return {}
    values = vars(importlib.import_module(module))
    return {name: values[name] for name in names if _is_plain(values[name])}


def _is_plain(value: object) -> bool:
    """Whether a value may stand in the code. A bool may not: what depends on the interpreter is one."""
    if isinstance(value, tuple):
        return all(_is_plain(item) for item in value)
    return type(value) in (int, float) or (isinstance(value, str | bytes) and len(value) <= TEXT_MAX)


def _imported(module: str, tree: ast.Module, known: dict[str, dict[str, Value]]) -> dict[str, Value]:
    """The constants that a module imports."""
    values: dict[str, Value] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            there = known.get(absolute(module, node), {})
            values.update(
                {alias.asname or alias.name: there[alias.name] for alias in node.names if alias.name in there}
            )
    return values


def absolute(module: str, node: ast.ImportFrom) -> str:
    """The module that an import statement names."""
    if not node.level:
        return node.module or ""
    return ".".join([*module.split(".")[: -node.level], *([node.module] if node.module else [])])


def _unguarded(statement: ast.stmt) -> list[ast.stmt]:
    """A statement at the top of a module without what is there for the type checker."""
    if isinstance(statement, ast.If) and isinstance(statement.test, ast.Name) and statement.test.id == GUARD:
        return statement.orelse
    return [statement]


def _apart(statement: ast.stmt, known: dict[str, Value]) -> list[ast.stmt]:
    """`A, B = 1, 2` at the top of a module as an assignment a name, so that each can be left out alone."""
    if not isinstance(statement, ast.Assign):
        return [statement]
    parts: list[ast.stmt] = []
    for target in statement.targets:
        names = _names(target) if isinstance(target, ast.Tuple) else []
        if names and all(isinstance(known.get(name), int | float | str | bytes) for name in names):
            parts += [ast.Assign([ast.Name(name, ast.Store())], ast.Constant(known[name])) for name in names]  # type: ignore[arg-type]
        else:
            parts.append(ast.Assign([target], statement.value))
    return parts if len(parts) > len(statement.targets) else [statement]


def _targets(statement: ast.Assign) -> list[str]:
    return [name for target in statement.targets for name in _names(target)]


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name) and _stores(node)]


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


class _Values(ast.NodeTransformer):
    """Writes values for names that are read, and for constants that are looked up in a tuple."""

    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.values.get(node.id)
        if isinstance(node.ctx, ast.Store) or value is None or isinstance(value, tuple):
            return node
        return ast.copy_location(ast.Constant(value), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        table = self.values.get(node.value.id) if isinstance(node.value, ast.Name) else None
        self.generic_visit(node)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(table, tuple) and isinstance(place, int) and not isinstance(table[place], tuple):
            return ast.copy_location(ast.Constant(table[place]), node)  # type: ignore[arg-type]  # no tuple, as tested
        return node
