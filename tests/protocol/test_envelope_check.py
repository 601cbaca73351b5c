"""What the envelope allows, at each of its limits."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest
from adatom.protocol.envelope import check, energy_for_fluence_mj, load_envelope
from adatom.protocol.recipe import NUMBERS, recipe_from_dict
from adatom.protocol.targets import MISMATCH_ALLOWED, pulse_shares

DEMO = Path(__file__).parents[2] / "sim" / "demo" / "envelope.json"
RECIPE = {
    "cations": [["La", 3.0], ["Ta", 0.5], ["Zr", 1.5]], "li_excess": 0.4, "interlayer": "none", "interlayer_nm": 0.0,
    "fluence_j_cm2": 2.0, "rep_rate_hz": 10.0, "substrate_c": 600.0, "o2_pa": 10.0, "distance_mm": 55.0, "pulses": 6000,
    "anneal_c": 20.0, "anneal_min": 0.0, "anneal_atmosphere": "vacuum", "air_exposure_min": 20.0,
    "measurements": ["eis"],
}  # fmt: skip


def envelope(**changes: Any) -> dict[str, Any]:
    made = load_envelope(DEMO.read_text())
    made.update(changes)
    return made


@dataclass
class Asked:
    """A recipe's fields without the recipe's own limits, so that the envelope's are met first."""

    cations: Any
    li_excess: float
    interlayer: str
    interlayer_nm: float
    fluence_j_cm2: float
    rep_rate_hz: float
    substrate_c: float
    o2_pa: float
    distance_mm: float
    pulses: int
    anneal_c: float
    anneal_min: float
    anneal_atmosphere: str
    air_exposure_min: float
    measurements: Any


def asked(**changes: Any) -> Any:
    sound = recipe_from_dict(RECIPE)
    return Asked(**{**{row.name: getattr(sound, row.name) for row in fields(Asked)}, **changes})


def test_a_recipe_within_every_limit_is_allowed() -> None:
    assert check(asked(), envelope()) == []


@pytest.mark.parametrize("name", [row[0] for row in NUMBERS])
def test_a_number_may_reach_each_end_and_not_pass_it(name: str) -> None:
    bench = envelope()
    value = getattr(asked(), name)
    for ends, reasons in (([value, value + 1], 0), ([value - 1, value], 0), ([value + 0.001, value + 1], 1),
                          ([value - 1, value - 0.001], 1)):  # fmt: skip
        bench["recipe"][name] = ends
        found = check(asked(), bench)
        assert len(found) == reasons
        assert all(reason.startswith(name + " = ") for reason in found)


def test_only_interlayers_and_atmospheres_of_the_bench() -> None:
    assert check(asked(), envelope(interlayers=["Al2O3"])) == ["interlayer = none: this bench allows Al2O3"]
    assert check(asked(), envelope(anneal_atmospheres=["o2"])) == ["anneal_atmosphere = vacuum: this bench allows o2"]


def test_pulse_energy_of_a_fluence() -> None:
    assert energy_for_fluence_mj(2.0, {"spot_area_cm2": 0.05, "transmission": 0.8}) == pytest.approx(125.0)


def test_pulse_energy_keeps_five_percent_under_its_limit() -> None:
    bench = envelope()
    bench["interlock"]["energy_max_mj"] = 131.25  # 125 mJ and 5 %
    assert check(asked(), bench) == []
    bench["interlock"]["energy_max_mj"] = 131.24
    (reason,) = check(asked(), bench)
    assert reason.startswith("fluence_j_cm2 = 2.0: needs 125.0 mJ a pulse")


def test_targets_must_bring_the_composition() -> None:
    only_llzo = [target for target in envelope()["targets"] if target["slot"] == 1]
    bench = envelope(targets=only_llzo)
    _, mismatch = pulse_shares(asked(), only_llzo)
    assert mismatch > MISMATCH_ALLOWED
    (reason,) = check(asked(), bench)
    assert f"miss this composition by {100 * mismatch:.1f} % (Li7La3Zr2O12)" in reason


def test_a_mismatch_of_just_what_is_allowed_is_allowed() -> None:
    import adatom.protocol.envelope as module

    real = module.pulse_shares
    try:
        for mismatch, reasons in ((MISMATCH_ALLOWED, 0), (MISMATCH_ALLOWED * 1.001, 1)):
            module.pulse_shares = lambda recipe, targets, mismatch=mismatch: ((), mismatch)  # type: ignore[misc,assignment]
            assert len(check(asked(), envelope())) == reasons
    finally:
        module.pulse_shares = real


def test_an_interlayer_needs_its_target() -> None:
    bench = envelope(targets=[target for target in envelope()["targets"] if target["material"] != "ZnO"])
    (reason,) = check(asked(interlayer="ZnO", interlayer_nm=5.0), bench)
    assert reason == "interlayer = ZnO: no such target is mounted"
    assert check(asked(interlayer="ZnO", interlayer_nm=0.0), bench) == []
    assert check(asked(interlayer="ZnO", interlayer_nm=0.5), bench) == [reason]
    assert check(asked(interlayer="ZnO", interlayer_nm=5.0), envelope()) == []
    assert check(asked(interlayer="none", interlayer_nm=5.0), bench) == []
