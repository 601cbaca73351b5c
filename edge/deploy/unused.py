"""Leaves out what nobody names: imports, constants, functions, classes and methods that a set of modules does not use.

A name counts as used where it stands anywhere but at its own definition, also as a word in a text (names are put
together at run time: getattr(self, "_" + state)). Statements at the top of a module that do something are never left
out. Like constants.py a compiler's step over syntax trees, checked by running the result.
"""

import ast
import re
from collections.abc import Iterator

from .constants import absolute

PASSES = 3  # what only unused things use becomes unused itself; a fourth pass finds nothing
WORD = re.compile(r"\w+")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def without_unused(trees: dict[str, ast.Module], roots: list[str], users: list[ast.Module]) -> None:
    """Rewrite {module: syntax tree} in place.

    Functions and classes of the modules in `roots` are used from outside, and what `users` name.
    """
    for tree in trees.values():
        _drop_texts(tree)
    outside = {root: {part.name for part in trees[root].body if isinstance(part, Definition)} for root in roots}
    for _ in range(PASSES):
        everything = list(trees.items()) + [("", user) for user in users]
        anywhere = {name for _, tree in everything for name in _looked_up(tree)}
        imported = {name for module, tree in everything for name in _imported(module, tree)}
        for module, tree in trees.items():
            mine = {name for base, name in imported if base == module} | outside.get(module, set())
            _prune(tree, anywhere | mine | set(_read(tree)), anywhere)


def _drop_texts(tree: ast.Module) -> None:
    """Take docstrings and annotations out: what they speak of is not used by that."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [_bare(part) for part in body if not _is_text(part)] or [ast.Pass()]  # type: ignore[attr-defined]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _bare(statement: ast.stmt) -> ast.stmt:
    """An annotated assignment as a plain one."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return ast.copy_location(ast.Assign([statement.target], statement.value), statement)
    return statement


def _looked_up(tree: ast.Module) -> Iterator[str]:
    """Names that could be found in any object: attributes, and every word of a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for word in WORD.findall(node.value):
                yield word
                yield "_" + word


def _imported(module: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of what is imported from other modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            yield from [(base, alias.name) for alias in node.names]


def _read(tree: ast.AST) -> Iterator[str]:
    """Names that are read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def _prune(tree: ast.Module, used: set[str], anywhere: set[str]) -> None:
    """Leave out what is not in `used` at the top of a module, and methods that are not in `anywhere`."""
    tree.body = [statement for statement in tree.body if not _is_unused(statement, used)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in used]
        if isinstance(node, ast.ClassDef):
            reachable = anywhere | set(_read(node))
            node.body = [part for part in node.body if not _is_unused_method(part, reachable)] or [ast.Pass()]
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                rest = [part for part in block if not _is_empty_import(part)]
                setattr(node, field, rest or ([ast.Pass()] if field == "body" else []))


def _is_unused(statement: ast.stmt, used: set[str]) -> bool:
    """Whether a statement at the top of a module only binds names, and none that anybody uses."""
    if not isinstance(statement, Definition | ast.Assign) or getattr(statement, "decorator_list", None):
        return False
    names = _bound(statement)
    harmless = not isinstance(statement, ast.Assign) or _is_pure_call(statement.value)
    return bool(names) and harmless and not any(name in used for name in names)


def _is_pure_call(value: ast.expr) -> bool:
    """Whether all calls in a value only build something: their names are those of types and of namedtuple."""
    calls = [node.func for node in ast.walk(value) if isinstance(node, ast.Call)]
    return all(isinstance(call, ast.Name) and call.id in ("tuple", "range", "len", "namedtuple") for call in calls)


def _is_unused_method(part: ast.stmt, used: set[str]) -> bool:
    is_method = isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
    return is_method and not part.name.startswith("__") and part.name not in used  # type: ignore[attr-defined]


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, Definition):
        return [statement.name]
    if not isinstance(statement, ast.Assign):
        return []
    nodes = [node for target in statement.targets for node in ast.walk(target)]
    return [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _is_empty_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and not statement.names
