"""The names of the attempts, read without running their file: it belongs inside."""

import ast

from .host import ATTEMPTS


def _names() -> list[str]:
    for node in ast.parse(ATTEMPTS.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ATTEMPTS":
            assert isinstance(node.value, ast.Dict)
            return [str(ast.literal_eval(key)) for key in node.value.keys if key is not None]
    raise AssertionError("no table of attempts")


NAMES = _names()
