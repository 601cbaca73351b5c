"""A campaign's TOML file -> one checked value. Every refusal names file, line, key, value and what is allowed.

Reads the file and the envelopes that it names; must not know of trials, stores or brokers.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adatom.cloud.campaign.keys import key_lines, line_of
from adatom.cloud.campaign.quantities import read_objective
from adatom.cloud.campaign.scores import UseOfScores, read_use
from adatom.cloud.optimize.objective import Objective
from adatom.cloud.optimize.recipe.space import RecipeSpace
from adatom.cloud.optimize.strategies import STRATEGIES
from adatom.protocol.envelope import check, envelope_hash, load_envelope
from adatom.protocol.errors import InputError
from adatom.protocol.recipe import recipe_from_dict, recipe_problems, recipe_to_dict

KEYS = (
    "name",
    "seed",
    "strategy",
    "benches",
    "space",
    "objectives",
    "constraints",
    "budget",
    "reference",
    "warm_start",
    "mishaps",
    "scores",
)
BENCH_KEYS = ("name", "envelope", "broker", "twin")
TWIN_KEYS = ("world", "variant")
VARIANTS = ("standard", "hard")
BUDGET_KEYS = ("trials", "batch")
WARM_START_KEYS = ("materials",)

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # stands in topics, run ids and file names
TRIALS_MOST = 10000
BATCH_MOST = 64
SEED_MOST = 2**63 - 1
BROKER_SCHEMES = ("mqtt", "mqtts")


@dataclass(frozen=True)
class Twin:
    """Which world stands in for a bench."""

    world: int
    variant: str


@dataclass(frozen=True)
class Bench:
    """A bench that takes part: its envelope, and its broker or its twin."""

    name: str
    envelope_path: Path
    envelope: dict[str, Any]
    envelope_hash: str
    broker: str | None
    twin: Twin | None


@dataclass(frozen=True)
class Campaign:
    """The checked campaign. `fields` is the parsed file, `text` the file itself: the record of what was asked for."""

    name: str
    seed: int
    strategy: str
    benches: tuple[Bench, ...]
    space: RecipeSpace
    objectives: tuple[Objective, ...]
    trials: int
    batch: int
    reference: dict[str, Any]  # a recipe dict
    materials_prior: bool
    mishaps: tuple[str, ...]  # how reasons of failures begin that say nothing of a recipe
    scores: UseOfScores
    fields: dict[str, Any]
    text: str

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        """Of all benches: a recipe must be allowed on each, so that any of them may make it."""
        return [bench.envelope for bench in self.benches]

    def check(self, recipe: Mapping[str, Any]) -> list[str]:
        """Every bench's reasons against a recipe dict; [] allows it."""
        checked = recipe_from_dict(dict(recipe))
        return [reason for envelope in self.envelopes for reason in check(checked, envelope)]


def load_campaign(path: Path) -> Campaign:
    """The checked campaign of a file. Raises InputError("file:line", "key: problem")."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"cannot be read: {error}") from None
    return parse_campaign(text, str(path), path.parent)


def parse_campaign(text: str, file: str, folder: Path) -> Campaign:
    """The checked campaign of a TOML text; envelope paths are relative to `folder`. Raises InputError."""
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = int(line[1]) if line else len(text.splitlines())
        raise InputError(f"{file}:{place}", f"not TOML: {error}") from None
    try:
        return _campaign(fields, text, folder)
    except InputError as error:
        place = line_of(key_lines(text), error.where)
        raise InputError(f"{file}:{place}", f"{error.where}: {error.problem}") from None


def _campaign(fields: dict[str, Any], text: str, folder: Path) -> Campaign:
    _known(fields, KEYS, "")
    benches = _benches(fields.get("benches"), folder)
    envelopes = [bench.envelope for bench in benches]
    reference = _reference(fields.get("reference"), envelopes)
    budget = _table(fields, "budget", BUDGET_KEYS)
    trials = _whole("budget.trials", budget.get("trials"), 1, TRIALS_MOST)
    return Campaign(
        name=_name("name", fields.get("name")),
        seed=_whole("seed", fields.get("seed"), 0, SEED_MOST),
        strategy=_one_of("strategy", fields.get("strategy", "bo"), tuple(STRATEGIES)),
        benches=benches,
        space=RecipeSpace.from_campaign({**fields, "reference": reference}, envelopes),
        objectives=_objectives(fields.get("objectives")),
        trials=trials,
        batch=_whole("budget.batch", budget.get("batch", 1), 1, min(BATCH_MOST, trials)),
        reference=reference,
        materials_prior=_flag("warm_start.materials", _table(fields, "warm_start", WARM_START_KEYS).get("materials")),
        mishaps=_mishaps(fields.get("mishaps", [])),
        scores=read_use(_mapping(fields, "scores")),
        fields=fields,
        text=text,
    )


def _mishaps(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        raise InputError("mishaps", f"{value!r}: must be a list of texts that reasons of failures begin with")
    return tuple(text.strip() for text in value)


def _benches(tables: Any, folder: Path) -> tuple[Bench, ...]:
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError("benches", "missing: at least one [[benches]] table is needed")
    benches = tuple(_bench(f"benches[{i}]", table, folder) for i, table in enumerate(tables))
    names = [bench.name for bench in benches]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"benches[{place}].name", f"{name!r} stands twice")
    return benches


def _bench(where: str, table: Mapping[str, Any], folder: Path) -> Bench:
    _known(table, BENCH_KEYS, where)
    name = _name(f"{where}.name", table.get("name"))
    path, text = _envelope_text(f"{where}.envelope", table.get("envelope"), folder)
    try:
        envelope = load_envelope(text, str(path))
    except InputError as error:
        raise InputError(f"{where}.envelope", str(error)) from None
    if envelope["bench"] != name:
        raise InputError(f"{where}.name", f"{name!r}: {path} is the envelope of bench {envelope['bench']!r}")
    broker, twin = table.get("broker"), table.get("twin")
    if broker is not None and (not isinstance(broker, str) or not _is_broker(broker)):
        raise InputError(f"{where}.broker", f"{broker!r}: must be a URL like mqtt://host:1883")
    return Bench(name, path, envelope, envelope_hash(text), broker, None if twin is None else _twin(where, twin))


def _envelope_text(where: str, value: Any, folder: Path) -> tuple[Path, str]:
    if not isinstance(value, str) or not value:
        raise InputError(where, f"{value!r}: must be the path of a JSON file, relative to the campaign's")
    path = folder / value
    try:
        return path, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(where, f"{value!r} cannot be read: {error}") from None


def _is_broker(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in BROKER_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False


def _twin(where: str, table: Any) -> Twin:
    if not isinstance(table, dict):
        raise InputError(f"{where}.twin", f"{table!r}: must be like {{world = 1, variant = 'standard'}}")
    _known(table, TWIN_KEYS, f"{where}.twin")
    return Twin(
        world=_whole(f"{where}.twin.world", table.get("world", 1), 0, SEED_MOST),
        variant=_one_of(f"{where}.twin.variant", table.get("variant", "standard"), VARIANTS),
    )


def _reference(table: Any, envelopes: list[dict[str, Any]]) -> dict[str, Any]:
    """The reference recipe as a dict, allowed on every bench. Raises InputError naming the field."""
    if not isinstance(table, dict):
        raise InputError("reference", "missing: a whole recipe is needed as [reference]")
    problems = recipe_problems(table)
    if problems:
        raise _about("reference", problems[0])
    recipe = recipe_from_dict(table)
    for envelope in envelopes:
        reasons = check(recipe, envelope)
        if reasons:
            raise _about("reference", reasons[0])
    return dict(recipe_to_dict(recipe))


def _about(where: str, problem: str) -> InputError:
    """The InputError of a text like "fluence_j_cm2 = 9: ..."; its field becomes part of the key."""
    match = re.match(r"([a-z0-9_]+(?:\.[A-Za-z]+)?)(?: = | and |: )", problem)
    return InputError(f"{where}.{match[1]}" if match else where, problem)


def _objectives(tables: Any) -> tuple[Objective, ...]:
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InputError("objectives", "missing: at least one [[objectives]] table is needed")
    objectives = tuple(read_objective(f"objectives[{i}]", table) for i, table in enumerate(tables))
    names = [objective.name for objective in objectives]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"objectives[{place}].name", f"{name!r} stands twice")
    if all(objective.weight == 0.0 for objective in objectives):
        raise InputError("objectives", "at least one needs a weight above 0")
    return objectives


def _table(fields: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    table = _mapping(fields, name)
    _known(table, keys, name)
    return table


def _mapping(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = fields.get(name, {})
    if not isinstance(table, dict):
        raise InputError(name, f"{table!r}: must be a table")
    return table


def _known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            raise InputError(f"{where}.{key}".lstrip("."), f"unknown key; allowed are {', '.join(keys)}")


def _name(where: str, value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise InputError(where, f"{value!r}: must be 1 to 40 of a-z, 0-9 and -, and not begin with -")
    return value


def _whole(where: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(where, f"{value!r}: must be a whole number in {low} to {high}")
    return value


def _one_of(where: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(where, f"{value!r}: must be one of {', '.join(allowed)}")
    return str(value)


def _flag(where: str, value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise InputError(where, f"{value!r}: must be true or false")
    return bool(value)
