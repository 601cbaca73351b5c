"""Source code (Python, C, Fortran) to a tree of functions, calls, imports and constants, by tree-sitter.

Nothing is run. What calls of ase, pymatgen, pyscf and their like are given becomes settings and lattice facts, with the
line. A text with slips still has a tree: tree-sitter reads around them, and a note says so.
"""

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from adatom.cloud.knowledge.documents.confidence import product
from adatom.cloud.knowledge.documents.inputs.tags import RY_EV, number
from adatom.cloud.knowledge.documents.model import Document, Found, Node, Setting
from adatom.cloud.knowledge.tolerant import plain_atoms
from adatom.protocol.errors import FailedError, InputError

NEEDED = "source code needs tree-sitter: pip install 'adatom[documents]'"
MAX_BYTES = 2_000_000
MAX_NODES = 100_000  # of the tree that is kept
MAX_SYNTAX = 3_000_000  # of tree-sitter's, looked at
TEXT = 200  # characters of a node
HARTREE_EV = 2.0 * RY_EV


class Language(NamedTuple):
    """The kinds of tree-sitter's nodes that are kept, by what they become."""

    package: str
    kinds: dict[str, str]


LANGUAGES = {
    "python": Language(
        "tree_sitter_python",
        {
            "function_definition": "function",
            "class_definition": "class",
            "call": "call",
            "import_statement": "import",
            "import_from_statement": "import",
            "string": "constant",
            "integer": "constant",
            "float": "constant",
        },
    ),
    "c": Language(
        "tree_sitter_c",
        {
            "function_definition": "function",
            "call_expression": "call",
            "preproc_include": "import",
            "string_literal": "constant",
            "number_literal": "constant",
        },
    ),
    "fortran": Language(
        "tree_sitter_fortran",
        {
            "function": "function",
            "subroutine": "function",
            "program": "function",
            "module": "class",
            "subroutine_call": "call",
            "call_expression": "call",
            "use_statement": "import",
            "include_statement": "import",
            "string_literal": "constant",
            "number_literal": "constant",
        },
    ),
}
LIBRARIES = re.compile(r"\b(?:ase|pymatgen|pyscf|gpaw|atomate2?|quacc|custodian|qe_tools|aiida|jobflow|vasp)\b")
# names of arguments, attributes and keys -> (setting, factor to its unit; None: a text)
ARGUMENTS: dict[str, tuple[str, float | None]] = {
    "encut": ("cutoff_ev", 1.0),
    "ecut": ("cutoff_ev", 1.0),
    "ecutwfc": ("cutoff_ev", RY_EV),
    "ecutrho": ("density_cutoff_ev", RY_EV),
    "ke_cutoff": ("cutoff_ev", HARTREE_EV),
    "xc": ("functional", None),
    "gga": ("functional", None),
    "metagga": ("functional", None),
    "functional": ("functional", None),
    "input_dft": ("functional", None),
    "kpts": ("k_mesh", None),
    "kspacing": ("k_spacing_per_angstrom", 1.0),
    "ismear": ("smearing", None),
    "sigma": ("smearing_width_ev", 1.0),
    "ediff": ("energy_tolerance_ev", 1.0),
    "basis": ("basis", None),
    "pseudo": ("potential", None),
    "ivdw": ("dispersion", None),
    "temperature_k": ("temperature_k", 1.0),
}
SURE, UNSURE = 0.95, 0.6  # (K) with and without an import of a library whose names these are


def read_code(text: str, name: str, language: str) -> Document:
    """The tree of a source file, and what its calls set. Raises InputError for a text that is too large."""
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_BYTES:
        raise InputError(name, f"has {len(data)} bytes; at most {MAX_BYTES} are read of a code")
    root = _parser(language).parse(data).root_node
    notes = ["holds what does not follow the language; the rest is read"] if root.has_error else []
    nodes = _tree(root, LANGUAGES[language].kinds)
    if language != "python":
        return Document(name, language, nodes, (), (), tuple(notes))
    sure = SURE if LIBRARIES.search(" ".join(node.text for node in nodes if node.kind == "import")) else UNSURE
    syntax = list(_all(root))
    settings = [one for node in syntax for one in _settings(node, sure)]
    facts = [one for node in syntax for one in _lattice(node, sure)]
    return Document(name, language, nodes, tuple(facts), tuple(dict.fromkeys(settings)), tuple(notes))


def _parser(language: str) -> Any:
    package = LANGUAGES[language].package
    if importlib.util.find_spec("tree_sitter") is None or importlib.util.find_spec(package) is None:
        raise FailedError(NEEDED)
    tree_sitter = importlib.import_module("tree_sitter")
    return tree_sitter.Parser(tree_sitter.Language(importlib.import_module(package).language()))


def _all(root: Any) -> Iterator[Any]:
    """Every node, each before its children. A stack: depth costs nothing."""
    waiting, seen = [root], 0
    while waiting and seen < MAX_SYNTAX:
        node = waiting.pop()
        seen += 1
        yield node
        waiting.extend(reversed(node.children))


def _tree(root: Any, kinds: dict[str, str]) -> tuple[Node, ...]:
    """The kept nodes under the functions and classes that hold them; anything else is flat."""
    top: list[Node] = []
    open_ends: list[tuple[int, Node, list[Node]]] = []  # functions and classes, with where they end

    def close(before: int) -> None:
        while open_ends and open_ends[-1][0] <= before:
            _, node, children = open_ends.pop()
            (open_ends[-1][2] if open_ends else top).append(node._replace(children=tuple(children)))

    for count, node in enumerate(node for node in _all(root) if node.is_named and node.type in kinds):
        if count >= MAX_NODES:
            break
        close(node.start_byte)
        kind = kinds[node.type]
        made = Node(kind, _shown(node, kind), line=node.start_point[0] + 1)
        if kind in ("function", "class"):
            open_ends.append((node.end_byte, made, []))
        else:
            (open_ends[-1][2] if open_ends else top).append(made)
    close(MAX_BYTES + 1)
    return tuple(top)


def _shown(node: Any, kind: str) -> str:
    """A function's first line, else the text, cut."""
    text = _text(node)
    return (text.splitlines()[0] if kind in ("function", "class") and text else " ".join(text.split()))[:TEXT]


def _text(node: Any) -> str:
    return bytes(node.text or b"").decode("utf-8", "replace")


# --- what Python calls are given --------------------------------------------------------------------------------------


def _settings(node: Any, sure: float) -> list[Setting]:
    """Of one node: `encut=520`, `mf.xc = "pbe"`, `{"ENCUT": 520}`, `PW(520)`."""
    if node.type == "keyword_argument":
        return _setting(_text(node.child_by_field_name("name")), node.child_by_field_name("value"), node, sure)
    if node.type == "pair":
        key = _constant(node.child_by_field_name("key"))
        return _setting(key, node.child_by_field_name("value"), node, sure) if key else []
    if node.type == "assignment" and (left := node.child_by_field_name("left")) is not None:
        if left.type == "attribute":
            return _setting(_text(left.child_by_field_name("attribute")), node.child_by_field_name("right"), node, sure)
        if left.type == "subscript" and (key := _constant(left.child_by_field_name("subscript"))):
            return _setting(key, node.child_by_field_name("right"), node, sure)
    if node.type == "call" and _name(node) == "PW" and (first := _positional(node)):
        value = number(_text(first[0]))
        return [Setting("cutoff_ev", f"{value:g}", _text(node)[:TEXT], _line(node), sure)] if value else []
    return []


def _setting(key: str, value: Any, node: Any, sure: float) -> list[Setting]:
    known = ARGUMENTS.get(key.lower())
    if known is None or value is None:
        return []
    name, factor = known
    text = _constant(value)
    if factor is not None:
        found = number(text)
        text = f"{found * factor:.6g}" if found is not None else ""
    elif name == "k_mesh":
        counts = re.fullmatch(r"[\[(]\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,\s*([0-9]{1,3})\s*,?\s*[\])]", _text(value))
        text = "×".join(counts.groups()) if counts else ""
    return [Setting(name, text[:TEXT], " ".join(_text(node).split())[:TEXT], _line(node), sure)] if text else []


def _constant(node: Any) -> str:
    """The value of a string or a number in the source, "" for anything else: nothing is computed."""
    if node is None or node.type not in ("string", "integer", "float", "unary_operator"):
        return ""
    text = _text(node)
    quoted = re.fullmatch(r"[rRbBuU]{0,2}(\"\"\"|'''|\"|')(.*)\1", text, re.DOTALL)
    return quoted[2] if quoted else text


def _name(call: Any) -> str:
    """The last part of what is called."""
    function = call.child_by_field_name("function")
    return _text(function).rsplit(".", 1)[-1] if function is not None else ""


def _positional(call: Any) -> list[Any]:
    arguments = call.child_by_field_name("arguments")
    return [
        one for one in (arguments.named_children if arguments is not None else []) if one.type != "keyword_argument"
    ]


def _keywords(call: Any) -> dict[str, Any]:
    arguments = call.child_by_field_name("arguments")
    held = arguments.named_children if arguments is not None else []
    return {
        _text(one.child_by_field_name("name")): one.child_by_field_name("value")
        for one in held
        if one.type == "keyword_argument" and one.child_by_field_name("name") is not None
    }


def _lattice(node: Any, sure: float) -> list[Found]:
    """`bulk("Li2O", "fluorite", a=4.62)` of ase: edges of a named crystal."""
    if node.type != "call" or _name(node) != "bulk":
        return []
    positional, keywords = _positional(node), _keywords(node)
    formula = _constant(positional[0]) if positional else _constant(keywords.get("name"))
    if not formula or plain_atoms(formula) is None:
        return []
    confidence, why = product(["an input's own line"])
    return [
        Found(
            formula,
            formula,
            f"lattice_{edge}",
            _constant(keywords[edge]),
            "angstrom",
            "",
            "input",
            None,
            _line(node),
            round(confidence * sure, 3),
            why,
            " ".join(_text(node).split())[:TEXT],
        )
        for edge in "abc"
        if edge in keywords and number(_constant(keywords[edge])) is not None
    ]


def _line(node: Any) -> int:
    return int(node.start_point[0]) + 1


def reader(language: str) -> Callable[[str, str], Document]:
    """The reader of a language."""
    return lambda text, name: read_code(text, name, language)
