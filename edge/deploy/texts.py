"""The texts of a module's functions as slices of one text: on a board each text in the code costs a head in RAM.

A text of its own is an object that lives as long as its module; a slice of that one text is one while it is used.
Short texts stay, the interpreter holds them as names anyway. A tick in which nothing happens has no long text to make
(tests/edge/test_micropython.py counts what it allocates). A compiler's step like constants.py and unused.py.
"""

import ast

HELD = "TEXTS_OF_MODULE"  # no source may use this name
NAME_MAX = 10  # MicroPython interns texts up to this length (py/mpconfig.h: MICROPY_ALLOC_PARSE_INTERN_STRING_LEN)


def with_one_text(tree: ast.Module) -> None:
    """Rewrite a module's syntax tree in place."""
    moved = _Slices()
    moved.visit(tree)
    if moved.text:
        tree.body.insert(_first(tree), ast.Assign([ast.Name(HELD, ast.Store())], ast.Constant(moved.text)))
    ast.fix_missing_locations(tree)


def _first(tree: ast.Module) -> int:
    """Where a module's statements begin, after its imports from __future__."""
    return sum(isinstance(part, ast.ImportFrom) and part.module == "__future__" for part in tree.body)


class _Slices(ast.NodeTransformer):
    """Gathers the texts in the bodies of functions and leaves slices there."""

    def __init__(self) -> None:
        self.text = ""
        self.inside = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        outer, self.inside = self.inside, True
        node.body = [self.visit(part) for part in node.body]
        self.inside = outer
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815  # its body is a body too

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self._slice(node.value) if isinstance(node.value, str) and self._is_moved(node.value) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        form = _form(node)
        if form is None or not self._is_moved(form):
            return node
        values = [self.visit(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
        return ast.Call(ast.Attribute(self._slice(form), "format", ast.Load()), values, [])

    def _is_moved(self, text: str) -> bool:
        return self.inside and len(text) > NAME_MAX

    def _slice(self, text: str) -> ast.Subscript:
        start = self.text.find(text)
        if start < 0:
            start = len(self.text)
            self.text += text
        limits = ast.Slice(ast.Constant(start), ast.Constant(start + len(text)))
        return ast.Subscript(ast.Name(HELD, ast.Load()), limits, ast.Load())


def _form(node: ast.JoinedStr) -> str | None:
    """What str.format takes for an f-string, None where a width or a precision is computed."""
    form = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            form += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            spec = _form(part.format_spec) if isinstance(part.format_spec, ast.JoinedStr) else ""
            if spec is None or "{" in spec:
                return None
            form += (
                "{" + ("!" + chr(part.conversion) if part.conversion > 0 else "") + (":" + spec if spec else "") + "}"
            )
    return form
