"""What the build does to source for a board: texts as slices, swaps without a tuple, constants one by one."""

import ast

import pytest
from adatom.edge.deploy.build import AGENT, sources
from adatom.edge.deploy.texts import HELD, with_one_text

SOURCE = """
OUTSIDE = "a text at the top of a module"
def short(): return "short text"
def plain(): return "a text of a function", "a text of"
def form(a, b): return f"{{a}} is {a!r} of at most {b:.2f} and {b}"
def width(a, n): return f"as wide as it is told: {a:{n}}"
async def later(): return "a text that comes later, in °C"
def default(text="a default that is kept for good"): return text
class Kind:
    held = "a text of a class that is kept"
    def told(self): return [f"a method tells {name}, a text as well" for name in ("you", "me")]
"""
CALLS = ("OUTSIDE", "short()", "plain()", "form('x', 2.5)", "form(None, 0.125)", "width('x', 5)", "default()",
         "Kind.held", "Kind().told()")  # fmt: skip


def rewritten(source: str) -> str:
    tree = ast.parse(source)
    with_one_text(tree)
    return ast.unparse(tree)


def names(source: str) -> dict[str, object]:
    found: dict[str, object] = {}
    exec(source, found)  # this test's own source
    return found


@pytest.mark.parametrize("call", CALLS)
def test_texts_as_slices_are_the_same_texts(call: str) -> None:
    there, here = names(rewritten(SOURCE)), names(SOURCE)
    assert eval(call, there) == eval(call, here)  # this test's own source


def test_long_texts_of_functions_leave_the_code_and_others_stay() -> None:
    bodies = rewritten(SOURCE).partition("\n")[2]
    kept = {part.value for part in ast.walk(ast.parse(bodies)) if isinstance(part, ast.Constant)}
    assert not kept & {"a text of a function", "a text that comes later, in °C"}
    stay = {"a text at the top of a module", "short text", "a default that is kept for good"}
    assert stay < kept
    assert len(str(names(rewritten(SOURCE))[HELD])) < len(SOURCE)


@pytest.fixture(scope="module")
def agent() -> dict[str, ast.Module]:
    return {module: ast.parse(text) for module, text in sources([AGENT]).items()}


def test_no_source_of_a_board_assigns_a_bracketed_tuple_to_names() -> None:
    lines = [line for text in sources([AGENT]).values() for line in text.split("\n")]
    swaps = [line.strip() for line in lines if line.strip().startswith("older, old = ")]
    assert swaps == ["older, old = self.older, self.old"]


def test_an_unused_constant_goes_and_its_neighbour_goes_too(agent: dict[str, ast.Module]) -> None:
    bound = {node.id for node in ast.walk(agent["adatom.edge.link"])
             if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
    assert not bound & {"RETRY_MIN_MS", "RETRY_MAX_MS", "INBOX_MAX", "INBOX_BYTES"}


def test_no_source_uses_the_name_of_the_one_text(agent: dict[str, ast.Module]) -> None:
    for module, tree in agent.items():
        stores = [node for node in ast.walk(tree)
                  if isinstance(node, ast.Name) and node.id == HELD and isinstance(node.ctx, ast.Store)]  # fmt: skip
        assert len(stores) <= 1, module
