"""Tables of unknown origin: what is inferred and stated, what is ambiguous and refused."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.causality import ACAUSAL, agreement, is_radian, looks_polar
from adatom.cloud.measure.eis.files import spectra_in_bytes
from adatom.cloud.measure.eis.table import Spectrum, parse_number
from adatom.protocol.errors import InputError

from .made_files import FREQ_HZ, Z_OHM, rows

CAUSAL = {
    "comma": "f,Zre,Zim\n" + rows("{f},{re},{im}"),
    "comment and units": "# made on a Monday\nf;Re(Z);-Im(Z)\nHz;Ohm;Ohm\n" + rows("{f};{re};{minus}"),
    "decimal comma": "Freq (Hz);Z' (Ω);-Z'' (Ω)\n" + rows("{f};{re};{minus}").replace(".", ","),
    "decimal comma and tab": "f/Hz\tZ'/Ohm\tZ''/Ohm\n" + rows("{f}\t{re}\t{im}").replace(".", ","),
    "quoted decimal commas": "f,Zre,Zim\n" + rows('"{f}","{re}","{im}"').replace(".", ","),
    "typographic minus": "f;Zre;Zim\n" + rows("{f};{re};{im}").replace(";-", ";−"),
    "blanks in names": "Freq (Hz)   Z' (Ohm)   Z'' (Ohm)\n" + rows("  {f}   {re}   {im}"),
    "one blank in names": "Freq (Hz) Z' (Ohm) Z'' (Ohm)\n" + rows("{f} {re} {im}"),
    "long head": "Sample,pellet 7\nOperator,N. N.\nTemperature,25\n\nf/Hz,Z'/Ohm,Z''/Ohm\n" + rows("{f},{re},{im}"),
    "units below": "f;Zre;Zim;t\nkHz;(mΩ);[mΩ];s\n" + rows("{f};{re};{im};0"),
    "units below, names with some": "f / kHz,Z',Z''\nkHz,kΩ,kΩ\n" + rows("{f},{re},{im}"),
    "bridge": "FREQUENCY(Hz),R(ohm),X(ohm)\n" + rows("{f},{re},{im}"),
    "comment below": "f,Zre,Zim\nmeasured,by hand,at night\n" + rows("{f},{re},{im}"),
    "kilo": "f/kHz,Z'/kOhm,Z''/kOhm\n" + rows("{f},{re},{im}"),
    "modulus, degree": "f,|Z|,phase\n" + rows("{f},{mod},{deg}"),
    "modulus, radian unstated": "f,|Z|,phase\n" + rows("{f},{mod},{rad}"),
    "modulus, radian": "f,|Z| (Ohm),phase (rad)\n" + rows("{f},{mod},{rad}"),
    "minus phase": "frequency,|Z|,-phase\n" + rows("{f},{mod},-{deg}").replace("--", ""),
    "positive Z''": "f,Z',Z''\n" + rows("{f},{re},{minus}"),
    "wrong minus": "f,Z',-Z''\n" + rows("{f},{re},{im}"),
    "no names": rows("{f} {re} {im}"),
    "no names, positive": rows("{f},{re},{minus}"),
    "no names, other head": "A cell in its holder\n" + rows("{f}\t{re}\t{im}"),
    "text behind": "f,Zre,Zim\n" + rows("{f},{re},{im}") + "\nend of the measurement\n",
    "cut off": "f,Zre,Zim,t\n" + rows("{f},{re},{im},0") + "0.01,3",
}


FACTORS = {"kilo": (1000, 1000), "units below": (1000, 1e-3), "units below, names with some": (1000, 1000)}


def read(text: str) -> list[Spectrum]:
    return spectra_in_bytes(text.encode(), "table.csv")


@pytest.mark.parametrize("name", CAUSAL)
def test_right_numbers(name: str) -> None:
    (found,) = read(CAUSAL[name])
    freq_factor, z_factor = FACTORS.get(name, (1, 1))
    assert np.allclose(found.freq_hz, freq_factor * FREQ_HZ)
    assert np.allclose(found.z_ohm, z_factor * Z_OHM)


SAID = {
    "positive Z''": "taken as -Im", "wrong minus": "taken as -Im", "no names, positive": "taken as -Im",
    "comma": "Hz and ohm assumed", "no names": "no column names", "modulus, radian unstated": "radian fits",
    "text behind": "1 lines behind the data left out", "cut off": "cut off",
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_was_inferred_is_stated(name: str) -> None:
    assert any(SAID[name] in note for note in read(CAUSAL[name])[0].notes)


def test_nothing_is_said_of_what_the_names_say() -> None:
    assert read(CAUSAL["decimal comma"])[0].notes == ()
    assert read(CAUSAL["decimal comma"])[0].meta["decimal"] == ","


def test_an_inductive_tail_does_not_turn_the_sign() -> None:
    f = np.geomspace(1e6, 1, 40)
    z = 20 + 100 / (1 + 2j * np.pi * f * 1e-3) + 2j * np.pi * f * 1e-6
    table = "".join(f"{a:.6e},{b.real:.6e},{b.imag:.6e}\n" for a, b in zip(f, z, strict=True))
    assert np.allclose(read("f,Zre,Zim\n" + table)[0].z_ohm, z)
    assert np.allclose(read("f,Zre,Zim\n" + table.replace(",-", ",~").replace(",~", ",-"))[0].z_ohm, z)
    assert agreement(f, z) > 0.5


def test_a_noisy_resistor_keeps_its_sign() -> None:
    rng = np.random.default_rng(1)
    f = np.geomspace(1e5, 1, 30)
    for _ in range(50):
        z = 100 + 0.1 * (rng.standard_normal(30) + 1j * rng.standard_normal(30))
        table = "".join(f"{a:.9e},{b.real:.9e},{b.imag:.9e}\n" for a, b in zip(f, z, strict=True))
        assert np.allclose(read("f/Hz,Z'/Ohm,Z''/Ohm\n" + table)[0].z_ohm, z)


def test_what_causality_decides_is_seldom_decided_wrongly() -> None:
    rng = np.random.default_rng(4)
    wrong = np.zeros(4, dtype=int)
    for _ in range(200):
        f = np.geomspace(10 ** rng.uniform(4, 6), 10 ** rng.uniform(-2, 1), 40)
        w = 2j * np.pi * f
        arcs = [rng.uniform(0.1, 3) / (1 + (w * 10 ** rng.uniform(-6, 1)) ** rng.uniform(0.7, 1)) for _ in range(2)]
        z = 10 ** rng.uniform(-1, 5) * (rng.uniform(0.02, 1) + sum(arcs) + w * 1e-8)
        z = z * (1 + 0.01 * (rng.standard_normal(40) + 1j * rng.standard_normal(40)))
        wrong += [
            agreement(f, z) < ACAUSAL,
            agreement(f, z.conj()) > ACAUSAL,
            is_radian(f, np.abs(z), np.degrees(np.angle(z))) or not is_radian(f, np.abs(z), np.angle(z)),
            looks_polar(f, z.real, z.imag),
        ]
    assert wrong[0] <= 1
    assert wrong[3] == 0
    assert max(wrong) <= 12


def test_tables_below_each_other_and_side_by_side() -> None:
    below = read(CAUSAL["comma"] + "\n" + CAUSAL["comma"])
    assert [one.name for one in below] == ["table, sweep 1", "table, sweep 2"]
    beside = read("f,Zre,Zim,f,Zre,Zim\n" + rows("{f},{re},{im},{f},1,{im}"))
    assert np.allclose(beside[0].z_ohm, Z_OHM)
    assert np.allclose(beside[1].z_ohm.real, 1)


def test_a_column_divides_the_rows() -> None:
    found = read("spectrum,f,Zre,Zim\n" + rows("at 25 °C,{f},{re},{im}") + rows("at 60 °C,{f},1,{im}"))
    assert [one.name for one in found] == ["at 25 °C", "at 60 °C"]
    assert np.allclose(found[1].z_ohm.real, 1)


REFUSED = {
    "f,Zre,Zim\n" + rows("{f},{re},{im}").replace(".", ","): "numbers below 3 names",
    "1000,5,12,-5\n100,5,13,-6\n10,5,14,-7\n": "they may divide columns or be decimal signs",
    "n f Zre Zim\n" + rows("{f} {re} {im}"): "3 numbers below 4 names",
    "f/Hz,Z'/Ohm cm2,Z''/Ohm cm2\n" + rows("{f},{re},{im}"): "is per area",
    "Z',Z''\n" + rows("{re},{im}"): "no frequency column",
    "E/V,Z',Z''\n" + rows("{f},{re},{im}"): "no frequency column",
    "f,Zre,Zim\nkHz,Ohm cm2,Ohm cm2\n" + rows("{f},{re},{im}"): "per area",
    "f,Zre,Zim\nHz,mS,mS\n" + rows("{f},{re},{im}"): "no impedance among",
    "f,R,X\n" + rows("{f},{re},{im}"): "no impedance among",
    "f,Y',Y''\n" + rows("{f},{re},{im}"): "no impedance among",
    rows("{n} {f} {re} {im}"): "the first counts the points",
    rows("{f},{mod},{deg}"): "look like modulus and phase",
    rows("{f}\t{mod}\t{deg}\t0\t0\t0\t{re}\t{minus}\t0"): "look like modulus and phase",
    "f,Zre,Zim\n1,2\n": "cells; column 'Zim' is number 3",
    "f,Zre,Zim\n" + rows("{f},{re},{im}") + "5,1_0,3\n": "'1_0'",
    "f,Zre,Zim\n" + rows("{f},{re},{im}") + "5,inf,3\n": "'inf'",
    "f,Zre,Zim\n" + rows("{f},{re},{im}") + "5,1e999,3\n": "'1e999'",
    "f/MHz,Zre,Zim\n1e305,1,-1\n1e304,2,-2\n": "beyond all measure",
    "x" * 30_000: "at most 20000",
    "x\n" * 300_001: "300002 lines; at most 300000",
    ("1;" * 9_900 + "\n") * 420: "at most 4000000",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_ambiguous_or_missing_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert REFUSED[text] in str(caught.value)


def test_numbers() -> None:
    assert parse_number(" −1,5e3 ", ",") == -1500
    assert parse_number("1.5", ".") == 1.5
    for cell in ("1.234,5", "1_0", "nan", "inf", "0x10", "", "1e", "1 000"):
        assert parse_number(cell, ",") is None
        assert parse_number(cell, ".") is None
