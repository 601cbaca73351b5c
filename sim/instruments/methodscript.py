"""MethodSCRIPT as the simulated potentiostat reads it: text -> program, literals, and the encoder of packages.

Parsing stops at the first mistake with its code, line and column, as the instrument does. Knows no cell and no time.
"""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

OFFSET = 1 << 27
LINE_MAX = 255
INTEGER_MAX = (1 << 31) - 1
PREFIXES = (("a", 1e18), ("f", 1e15), ("p", 1e12), ("n", 1e9), ("u", 1e6), ("m", 1e3), (" ", 1.0),
            ("k", 1e-3), ("M", 1e-6), ("G", 1e-9), ("T", 1e-12), ("P", 1e-15), ("E", 1e-18))  # fmt: skip
SCALES = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "": 0, "i": 0, "k": 3, "M": 6, "G": 9, "T": 12,
          "P": 15, "E": 18}  # fmt: skip
TYPES = frozenset(
    ("da", "ba", "dc", "cc", "cd", "ca", "cb", "eb", "ab", "ch", "cj", "ci", "ck", "ja", "db", "bb", "aa")
)

UNKNOWN_COMMAND, WRONG_CHARACTER, TOO_LARGE, NESTED, UNEXPECTED_END = 0x4001, 0x4004, 0x4005, 0x400B, 0x4018
PACKAGE, REDECLARED, WRONG_LITERAL, UNDECLARED, WRONG_ARGUMENT = 0x401B, 0x4026, 0x4039, 0x420B, 0x0007

OUTSIDE_LOOP = 0x0006  # K: breakloop where nothing is to be left

# command -> kinds of its arguments: new (declares a variable), var, val (literal or variable), op, type, text
COMMANDS: dict[str, tuple[str, ...]] = {
    "var": ("new",),
    "store_var": ("var", "val", "type"),
    "copy_var": ("var", "var"),
    "add_var": ("var", "val"),
    "sub_var": ("var", "val"),
    "mul_var": ("var", "val"),
    "div_var": ("var", "val"),
    "if": ("val", "op", "val"),
    "elseif": ("val", "op", "val"),
    "else": (),
    "endif": (),
    "loop": ("val", "op", "val"),
    "breakloop": (),
    "abort": (),
    "set_pgstat_chan": ("val",),
    "set_pgstat_mode": ("val",),
    "set_max_bandwidth": ("val",),
    "set_acquisition_frac_autoadjust": ("val",),
    "set_range": ("type", "val"),
    "set_range_minmax": ("type", "val", "val"),
    "set_autoranging": ("type", "val", "val"),
    "set_e": ("val",),
    "set_i": ("val",),
    "cell_on": (),
    "cell_off": (),
    "wait": ("val",),
    "timer_start": (),
    "timer_get": ("var",),
    "send_string": ("text",),
    "meas_loop_eis": ("var", "var", "var", "val", "val", "val", "val", "val"),
    "meas_loop_ocp": ("var", "val", "val"),
    "meas_loop_cp": ("var", "var", "val", "val", "val"),
    "endloop": (),
    "pck_start": (),
    "pck_add": ("var",),
    "pck_end": (),
    "on_finished:": (),
}
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
LITERAL = re.compile(r"(-?)(0x[0-9A-Fa-f]+|0b[01]+|[0-9]+)([afpnumkMGTPEi]?)\Z")


class ScriptError(Exception):
    """A script that is refused (column given) or that fails while it runs (column 0)."""

    def __init__(self, code: int, line: int, column: int = 0) -> None:
        super().__init__(f"!{code:04X}: Line {line}" + (f", Col {column}" if column else ""))
        self.code = code


@dataclass(frozen=True)
class Command:
    """One line of a program; a loop or branch holds its body, an `if` its branches; literals are numbers already."""

    line: int
    name: str
    args: tuple[str | float, ...]
    body: tuple["Command", ...] = ()
    branches: tuple["Command", ...] = ()


@dataclass
class Open:
    """A loop or a branch that is not closed yet, or with no head the script itself."""

    head: Command | None = None
    body: list[Command] = field(default_factory=list)
    branches: list[Command] = field(default_factory=list)  # of the same `if`, closed already

    @property
    def kind(self) -> str:
        """loop, if or script."""
        if self.head is None:
            return "script"
        return "if" if self.head.name in ("if", "elseif", "else") else "loop"


@dataclass(frozen=True)
class Program:
    """What runs, and what runs after it unless a runtime error came first."""

    main: tuple[Command, ...]
    finish: tuple[Command, ...]


def parse_literal(text: str) -> float | None:
    """The value of a literal (integer with an SI prefix), None for text that is none. OverflowError over 32 bits."""
    match = LITERAL.match(text)
    if match is None:
        return None
    integer = int(match[2], 0) if match[2][:2] in ("0x", "0b") else int(match[2])
    if integer > INTEGER_MAX:
        raise OverflowError(text)
    exponent = SCALES[match[3]]
    value = integer * 10.0**exponent if exponent >= 0 else integer / 10.0**-exponent
    return -value if match[1] else value


def encode_value(value: float) -> str:
    """Seven hex digits and a prefix, the smallest one with |mantissa| < 2**27; NaN and over 2**27 E give "     nan"."""
    if value == 0.0:
        return f"{OFFSET:07X} "
    if math.isfinite(value):
        for prefix, counts in PREFIXES:
            mantissa = round(value * counts)
            if -OFFSET < mantissa < OFFSET:
                return f"{mantissa + OFFSET:07X}{prefix}"
    return "     nan"


class Parser:
    """One pass over the lines of a script."""

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.stack = [Open()]
        self.main: list[Command] | None = None  # set when on_finished: was met
        self.package_open = False

    def parse(self, lines: list[str]) -> Program:
        """The program of a script's lines (without the leading e and the empty line); ScriptError for a mistake."""
        for number, text in enumerate(lines, start=1):
            if len(text) > LINE_MAX:
                raise ScriptError(TOO_LARGE, number, LINE_MAX + 1)
            code = text.split("#", 1)[0].strip() if "send_string" not in text else text.strip()
            if code:
                self._line(number, text, code)
        if len(self.stack) > 1 or self.package_open:
            raise ScriptError(UNEXPECTED_END, len(lines), 1)
        last = tuple(self.stack[0].body)
        return Program(last, ()) if self.main is None else Program(tuple(self.main), last)

    def _line(self, number: int, text: str, code: str) -> None:
        name, _, rest = code.partition(" ")
        if name not in COMMANDS:
            raise ScriptError(UNKNOWN_COMMAND, number, text.find(name) + len(name) + 1)
        kinds = COMMANDS[name]
        words = [rest.strip()] if kinds == ("text",) else rest.split()
        if len(words) != len(kinds):
            raise ScriptError(WRONG_ARGUMENT, number, len(text) + 1)
        args = tuple(self._argument(kind, word, number, text) for kind, word in zip(kinds, words, strict=True))
        self._structure(Command(number, name, args), len(text) + 1)

    def _argument(self, kind: str, word: str, line: int, text: str) -> str | float:
        column = text.find(word) + len(word) + 1
        if kind == "text":
            if len(word) < 2 or word[0] != '"' or word[-1] != '"':
                raise ScriptError(WRONG_CHARACTER, line, column)
            return word[1:-1]
        if kind == "type":
            if word not in TYPES:
                raise ScriptError(WRONG_ARGUMENT, line, column)
            return word
        if kind == "op":
            if word not in COMPARE:
                raise ScriptError(WRONG_CHARACTER, line, column)
            return word
        if kind == "new":
            return self._declare(word, line, column)
        if kind == "val" and not word[0].isalpha():
            return _literal(word, line, column)
        if word not in self.variables:
            raise ScriptError(UNDECLARED, line, column)
        return word

    def _declare(self, name: str, line: int, column: int) -> str:
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise ScriptError(WRONG_CHARACTER, line, column)
        if name in self.variables:
            raise ScriptError(REDECLARED, line, column)
        self.variables.add(name)
        return name

    def _structure(self, command: Command, column: int) -> None:
        """Put a command where it belongs; measurement loops may not nest and packages may not interleave."""
        name, line = command.name, command.line
        if name.startswith("pck_"):
            if self.package_open == (name == "pck_start"):
                raise ScriptError(PACKAGE, line, column)
            self.package_open = name != "pck_end"
        if name == "on_finished:":
            if len(self.stack) > 1 or self.main is not None or self.package_open:
                raise ScriptError(UNEXPECTED_END, line, column)
            self.main = self.stack[0].body
            self.stack = [Open()]
        elif name.startswith("meas_loop_"):
            if any(level.head is not None and level.head.name.startswith("meas_loop_") for level in self.stack):
                raise ScriptError(NESTED, line, column)
            self.stack.append(Open(command))
        elif name in ("loop", "if"):
            self.stack.append(Open(command))
        elif name in ("elseif", "else", "endif"):
            self._end_branch(command, column)
        elif name == "endloop":
            level = self._close("loop", line, column)
            assert level.head is not None
            self.stack[-1].body.append(replace(level.head, body=tuple(level.body)))
        elif name == "breakloop" and all(level.kind != "loop" for level in self.stack):
            raise ScriptError(OUTSIDE_LOOP, line, column)
        else:
            self.stack[-1].body.append(command)

    def _end_branch(self, command: Command, column: int) -> None:
        """Close the branch that is open; open the next one, or put the whole `if` where it stands."""
        level = self._close("if", command.line, column)
        assert level.head is not None
        if level.head.name == "else" and command.name != "endif":
            raise ScriptError(UNEXPECTED_END, command.line, column)
        branches = [*level.branches, replace(level.head, body=tuple(level.body))]
        if command.name == "endif":
            self.stack[-1].body.append(Command(branches[0].line, "if", (), branches=tuple(branches)))
        else:
            self.stack.append(Open(command, branches=branches))

    def _close(self, kind: str, line: int, column: int) -> Open:
        if self.stack[-1].kind != kind:
            raise ScriptError(UNEXPECTED_END, line, column)
        return self.stack.pop()


def _literal(word: str, line: int, column: int) -> float:
    try:
        value = parse_literal(word)
    except OverflowError:
        raise ScriptError(TOO_LARGE, line, column) from None
    if value is None:
        raise ScriptError(WRONG_LITERAL, line, column)
    return value
