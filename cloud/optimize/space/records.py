"""Parameters and constraints <-> plain tables, as JSON and TOML keep them.

What a table describes follows from its keys: `parts` a composition, `options` a choice, `integer = true` a whole
number, else a number. Every refusal names the dotted key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any

from adatom.cloud.optimize.space.constraints import AnyConstraint, Constraint, Linear, Rule
from adatom.cloud.optimize.space.parameters import (
    Categorical,
    Composition,
    Continuous,
    Integer,
    Parameter,
    option_text,
)
from adatom.protocol.errors import InputError

FLAGS = ("log", "hard_to_change", "integer")
TEXTS = ("unit", "balance")
LINEAR_KEYS = ("name", "coefficients", "low", "high")


def records(parameters: Sequence[Parameter], constraints: Sequence[AnyConstraint]) -> dict[str, Any]:
    """{"space": {name: table}, "constraints": [table]}."""
    return {
        "space": {parameter.name: _table(parameter) for parameter in parameters},
        "constraints": [_constraint_table(constraint) for constraint in constraints],
    }


def _table(parameter: Parameter) -> dict[str, Any]:
    table = {
        field.name: getattr(parameter, field.name)
        for field in fields_of(parameter)
        if field.name != "name" and getattr(parameter, field.name) != field.default
    }
    if isinstance(parameter, Integer):
        table["integer"] = True
    if isinstance(parameter, Categorical):
        table["options"] = list(parameter.options)
    if isinstance(parameter, Composition):
        table["parts"] = {part: list(pair) for part, pair in parameter.parts.items()}
    if "descriptors" in table:
        table["descriptors"] = {option_text(key): list(row) for key, row in table["descriptors"].items()}
    if "charges" in table:
        table["charges"] = dict(table["charges"])
    return table


def _constraint_table(constraint: AnyConstraint) -> dict[str, Any]:
    if isinstance(constraint, Constraint):
        return {"name": constraint.name, "function": True}
    limits = {key: getattr(constraint, key) for key in ("low", "high") if getattr(constraint, key) is not None}
    return {"name": constraint.name, "coefficients": dict(constraint.coefficients), **limits}


def read_records(
    fields: Mapping[str, Any], functions: Mapping[str, Rule]
) -> tuple[list[Parameter], list[AnyConstraint]]:
    """Parameters and constraints of `records`; raises InputError(where = dotted key)."""
    tables = fields.get("space")
    if not isinstance(tables, Mapping) or not tables:
        raise InputError("space", f"{tables!r}: must hold a table for each parameter")
    listed = fields.get("constraints", [])
    if not isinstance(listed, list) or not all(isinstance(table, Mapping) for table in listed):
        raise InputError("constraints", f"{listed!r}: must be [[constraints]] tables")
    parameters = [_parameter(f"space.{name}", str(name), table) for name, table in tables.items()]
    return parameters, [_constraint(f"constraints[{i}]", table, functions) for i, table in enumerate(listed)]


def _parameter(where: str, name: str, given: Any) -> Parameter:
    """The parameter of a table, of [low, high], or of a list of texts."""
    table = given
    if isinstance(given, list):
        numbers = len(given) == 2 and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in given)
        table = {"low": given[0], "high": given[1]} if numbers else {"options": given}
    if not isinstance(table, Mapping):
        raise InputError(where, f"{given!r}: must be a table, [low, high] or a list of options")
    kind = _kind(where, table)
    allowed = [field.name for field in fields_of(kind) if field.name != "name"]
    _check_keys(where, table, [*allowed, "integer"] if kind in (Continuous, Integer) else allowed)
    for key in ("low", "high") if kind in (Continuous, Integer) else ():
        if key not in table:
            raise InputError(f"{where}.{key}", "missing")
    values = {key: value for key, value in table.items() if key != "integer"}
    return _made(where, name, kind, values)


def _kind(where: str, table: Mapping[str, Any]) -> type[Parameter]:
    for key in FLAGS:
        if not isinstance(table.get(key, False), bool):
            raise InputError(f"{where}.{key}", f"{table[key]!r}: must be true or false")
    for key in TEXTS:
        if not isinstance(table.get(key, ""), str):
            raise InputError(f"{where}.{key}", f"{table[key]!r}: must be a text")
    if "parts" in table:
        return Composition
    if "options" in table:
        return Categorical
    return Integer if table.get("integer", False) else Continuous


def _made(where: str, name: str, kind: type[Parameter], values: Mapping[str, Any]) -> Parameter:
    """The value of a kind; its refusals name `where` for the name that it knows itself by."""
    try:
        return kind(name=name, **values)
    except InputError as error:
        inner = error.where.removeprefix(name).lstrip(".")
        raise InputError(f"{where}.{inner}" if inner else where, error.problem) from None


def _constraint(where: str, table: Mapping[str, Any], functions: Mapping[str, Rule]) -> AnyConstraint:
    name = table.get("name", "")
    if not isinstance(name, str):
        raise InputError(f"{where}.name", f"{name!r}: must be a text")
    if table.get("function") is True:
        if name not in functions:
            raise InputError(
                f"{where}.name", f"{name!r} is a function, which a file cannot keep: it must be given again"
            )
        return Constraint(functions[name], name)
    _check_keys(where, table, LINEAR_KEYS)
    if "coefficients" not in table:
        raise InputError(f"{where}.coefficients", "missing: a factor for each column of the rule")
    try:
        return Linear(**table)
    except InputError as error:
        raise InputError(f"{where}.{error.where.removeprefix(f'{name}.')}", error.problem) from None


def _check_keys(where: str, table: Mapping[str, Any], allowed: Sequence[str]) -> None:
    for key in table:
        if key not in allowed:
            raise InputError(f"{where}.{key}", f"unknown key; allowed are {', '.join(allowed)}")
