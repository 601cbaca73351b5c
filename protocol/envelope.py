"""The safety envelope: one versioned file of limits, interlocks, leases and the safe state, with four readers.

Edge, queue validation, optimizer and twin all call `check`; the edge's answer is the one that counts. The file is JSON
because a microcontroller reads it too; its SHA-256 over the canonical text stands in every hello and run record.
"""

import binascii
import hashlib
import json

from .errors import InputError
from .recipe import CHOICES, NUMBERS, VALENCE
from .targets import MISMATCH_ALLOWED, interlayer_target, pulse_shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .recipe import Recipe
    from .targets import Target

    Envelope = dict[str, Any]

VERSION = 1
MAX_BYTES = 16384
MAX_TARGETS = 6  # positions of the carousel

# Interlock limits: name -> (unit, lowest, highest value that makes sense)
INTERLOCKS = (
    ("heater_max_c", "°C", 50, 1200),  # absolute over-temperature
    ("heater_power_max_w", "W", 1, 2000),  # cap of the commanded power
    ("heater_above_plan_c", "K", 2, 200),  # measured above the plan: stuck relay
    ("heater_below_plan_c", "K", 2, 200),  # measured below the plan under full power: open element
    ("heater_rate_max_c_min", "K/min", 5, 200),  # fastest believable change while heating
    ("guard_disagree_c", "K", 5, 300),  # the two thermocouples
    ("frozen_s", "s", 1, 60),  # bit-identical float readings
    ("stale_s", "s", 0.2, 10),  # no valid reading of an energised quantity
    ("energy_max_mj", "mJ", 1, 2000),  # pulse energy, filtered
    ("energy_below_pct", "%", 1, 100),  # energy under this share of the set-point while pulsing
    ("missed_pulses_max", "pulses", 1, 1000),
    ("pressure_max_pa", "Pa", 1e-3, 1e5),  # while heater or laser is on
    ("pressure_off_plan_pct", "%", 1, 100),  # deposition pressure away from its set-point
    ("water_min_lpm", "L/min", 0, 100),  # cooling water while the heater is on
)
LEASES = ("heater_ms", "gate_ms", "shutter_ms")
LEASE_MAX_MS = 1000
SAFE_STEPS = ("gate", "beam", "shutter", "heater", "contactor", "flow", "valve", "carousel")
OPTICS = (("transmission", "", 0.01, 1.0), ("spot_area_cm2", "cm2", 1e-4, 1.0))
KEYS = ("version", "bench", "recipe", "interlayers", "anneal_atmospheres", "targets", "interlock", "lease",
        "safe_sequence", "optics")  # fmt: skip


def load_envelope(text: str, where: str = "envelope") -> "Envelope":
    """The checked envelope of a JSON text, as a dict. Raises InputError with every problem found."""
    if len(text) > MAX_BYTES:
        raise InputError(where, "%d bytes, at most %d are allowed" % (len(text), MAX_BYTES))
    try:
        envelope = json.loads(text)
    except (ValueError, RuntimeError) as error:  # RuntimeError: nested too deep
        raise InputError(where, "not JSON: %s" % error)
    problems = envelope_problems(envelope)
    if problems:
        raise InputError(where, "; ".join(problems))
    return dict(envelope)


def envelope_hash(text: str) -> str:
    """Hex SHA-256 of the file's text (str), the envelope's name in every record."""
    return binascii.hexlify(hashlib.sha256(text.encode()).digest()).decode()


def envelope_problems(envelope: "Any") -> "list[str]":
    """Every reason why a value is no envelope, as texts that name field, value and what is allowed."""
    if not isinstance(envelope, dict):
        return ["must be a JSON object"]
    problems = ["%s: unknown key" % key for key in sorted(envelope) if key not in KEYS]
    problems += ["%s: missing" % key for key in KEYS if key not in envelope]
    if problems:
        return problems
    if envelope["version"] != VERSION:
        problems.append("version = %r: must be %d" % (envelope["version"], VERSION))
    problems += _range_problems("recipe", envelope["recipe"], NUMBERS)
    problems += _number_problems("interlock", envelope["interlock"], INTERLOCKS)
    problems += _number_problems("optics", envelope["optics"], OPTICS)
    problems += _number_problems("lease", envelope["lease"], [(name, "ms", 1, LEASE_MAX_MS) for name in LEASES])
    for key, (_, allowed) in (("interlayers", CHOICES[0]), ("anneal_atmospheres", CHOICES[1])):
        values = envelope[key]
        if not isinstance(values, list) or not all([v in allowed for v in values]):
            problems.append("%s = %r: must be a list of %s" % (key, values, ", ".join(allowed)))
    steps = envelope["safe_sequence"]
    if not isinstance(steps, list) or sorted([str(step) for step in steps]) != sorted(SAFE_STEPS):
        problems.append("safe_sequence: must name each of %s once" % ", ".join(SAFE_STEPS))
    return problems + _target_problems(envelope["targets"])


def check(recipe: "Recipe", envelope: "Envelope") -> "list[str]":
    """The reasons why this bench must not make this recipe, as texts; an empty list allows it."""
    reasons = []
    for name, unit, _, _ in NUMBERS:
        low, high = envelope["recipe"][name]
        value = getattr(recipe, name)
        if not low <= value <= high:
            reasons.append("%s = %s: this bench allows %s to %s %s" % (name, value, low, high, unit))
    if recipe.interlayer not in envelope["interlayers"]:
        reasons.append(
            "interlayer = %s: this bench allows %s" % (recipe.interlayer, ", ".join(envelope["interlayers"]))
        )
    if recipe.anneal_atmosphere not in envelope["anneal_atmospheres"]:
        reasons.append("anneal_atmosphere = %s: this bench allows %s"
                       % (recipe.anneal_atmosphere, ", ".join(envelope["anneal_atmospheres"])))  # fmt: skip
    return reasons + _energy_reasons(recipe, envelope) + _target_reasons(recipe, envelope["targets"])


def energy_for_fluence_mj(fluence_j_cm2: float, optics: "dict[str, float]") -> float:
    """Pulse energy at the meter that gives a fluence on the target: E = F * spot / transmission."""
    return 1000.0 * fluence_j_cm2 * optics["spot_area_cm2"] / optics["transmission"]


def _energy_reasons(recipe: "Recipe", envelope: "Envelope") -> "list[str]":
    energy = energy_for_fluence_mj(recipe.fluence_j_cm2, envelope["optics"])
    limit = envelope["interlock"]["energy_max_mj"]
    # five standard deviations of a 1 % pulse: a set-point nearer to the limit would trip on noise (physics.md)
    if energy * 1.05 > limit:
        return ["fluence_j_cm2 = %s: needs %.1f mJ a pulse, within 5 %% of this bench's limit %s mJ"
                % (recipe.fluence_j_cm2, energy, limit)]  # fmt: skip
    return []


def _target_reasons(recipe: "Recipe", targets: "list[Target]") -> "list[str]":
    reasons = []
    _, mismatch = pulse_shares(recipe, targets)
    if mismatch > MISMATCH_ALLOWED:
        reasons.append("cations and li_excess: the mounted targets miss this composition by %.1f %% (%s)"
                       % (100.0 * mismatch, ", ".join([target["material"] for target in targets])))  # fmt: skip
    if recipe.interlayer != "none" and recipe.interlayer_nm > 0 and interlayer_target(recipe, targets) is None:
        reasons.append("interlayer = %s: no such target is mounted" % recipe.interlayer)
    return reasons


def _number_problems(where: str, values: "Any", table: "Any") -> "list[str]":
    names = [row[0] for row in table]
    if not isinstance(values, dict):
        return ["%s: must be an object" % where]
    problems = ["%s.%s: unknown key" % (where, key) for key in sorted(values) if key not in names]
    for name, unit, low, high in table:
        value = values.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
            problems.append("%s.%s = %r: must be a number in %s to %s %s" % (where, name, value, low, high, unit))
    return problems


def _range_problems(where: str, values: "Any", table: "Any") -> "list[str]":
    names = [row[0] for row in table]
    if not isinstance(values, dict):
        return ["%s: must be an object" % where]
    problems = ["%s.%s: unknown key" % (where, key) for key in sorted(values) if key not in names]
    for name, unit, low, high in table:
        pair = values.get(name)
        good = isinstance(pair, list) and len(pair) == 2 and all([isinstance(v, (int, float)) for v in pair])
        if not good or pair is None or not low <= pair[0] <= pair[1] <= high:
            problems.append("%s.%s = %r: must be [low, high] within %s to %s %s" % (where, name, pair, low, high, unit))
    return problems


def _target_problems(targets: "Any") -> "list[str]":
    if not isinstance(targets, list) or not 1 <= len(targets) <= MAX_TARGETS:
        return ["targets: must be a list of 1 to %d" % MAX_TARGETS]
    problems = []
    for place, target in enumerate(targets):
        where = "targets[%d]" % place
        if not isinstance(target, dict) or not isinstance(target.get("cations"), dict):
            problems.append("%s: must be an object with slot, material, cations, units_e12_cm2" % where)
            continue
        if not isinstance(target.get("material"), str):
            problems.append("%s.material = %r: must be a text" % (where, target.get("material")))
        if not isinstance(target.get("slot"), int) or not 1 <= target["slot"] <= MAX_TARGETS:
            problems.append("%s.slot = %r: must be 1 to %d" % (where, target.get("slot"), MAX_TARGETS))
        numbers = dict(target["cations"])
        numbers["units_e12_cm2"] = target.get("units_e12_cm2", 0)
        numbers["nm_per_pulse"] = target.get("nm_per_pulse", 1)
        for name in sorted(numbers):
            value = numbers[name]
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e6:
                problems.append("%s: %s = %r: must be a positive number" % (where, name, value))
        metals = ("Zn", "Ge", "Si", "Au")
        problems += ["%s.cations: unknown element %s" % (where, element) for element in sorted(target["cations"])
                     if element not in VALENCE and element not in metals]  # fmt: skip
    slots = [target.get("slot") for target in targets if isinstance(target, dict)]
    if any([slots.count(slot) > 1 for slot in slots]):
        problems.append("targets: a slot stands twice")
    return problems
