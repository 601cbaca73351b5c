"""Names of columns: which quantity, sign and factor, and what must not be taken."""

import numpy as np
import pytest
from adatom.cloud.measure.eis.columns import column_of, find_columns

RAD = 180 / np.pi
NAMES = {
    "freq/Hz": ("freq", 1), "Frequency (Hz)": ("freq", 1), "f [kHz]": ("freq", 1e3), "freq_hz": ("freq", 1),
    "Freq. / MHz": ("freq", 1e6), "f(mHz)": ("freq", 1e-3), "Frequenz": ("freq", 1), "ω (rad/s)": ("freq", 0.5 / np.pi),
    "Z'": ("re", 1), "Z′ (kΩ)": ("re", 1e3), "Zreal (ohm)": ("re", 1), "Re(Z)/Ohm": ("re", 1), "Z Real": ("re", 1),
    "z_re_ohm": ("re", 1), "Z' (mOhm)": ("re", 1e-3), "Re[Z] / MΩ": ("re", 1e6), "Z1 /ohm": ("re", 1), "Zre": ("re", 1),
    "Z''": ("im", 1), "−Z'' (Ω)": ("im", -1), "-Im(Z)/Ohm": ("im", -1), 'Z"/ohm': ("im", 1), "Z″ [Ω]": ("im", 1),
    "Zimg": ("im", 1), "- Z imag, Ohm": ("im", -1), "-Zim (kohms)": ("im", -1e3), "Z''(b)": ("im", 1),
    "|Z| (Ohm)": ("modulus", 1), "Zmod": ("modulus", 1), "Z/ohm": ("modulus", 1), "Impedance (Ω)": ("modulus", 1),
    "Phase(Z)/deg": ("phase", 1), "-Phase (°)": ("phase", -1), "theta (rad)": ("phase", RAD), "Zphz (°)": ("phase", 1),
    "φ / mrad": ("phase", RAD / 1000), "Phase": ("phase", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_recognised(name: str) -> None:
    column = column_of(name, 3)
    assert column is not None
    assert (column.quantity, column.place) == (NAMES[name][0], 3)
    assert column.factor == pytest.approx(NAMES[name][1])


@pytest.mark.parametrize(
    "name",
    ["E Real", "I Imag", "Re(Y)/Ohm-1", "Im(C)/nF", "Re(Zce)/Ohm", "-Im(Zwe-ce)/Ohm", "|Ewe|/V", "|Y|/Ohm-1", "log f",
     "Phase(Y)/deg", "Zsig (V)", "time/s", "Freq (V)", "Z' (V)", "", "ZrealDrCor", "f (ohm)", "lg(f/Hz)"],
)  # fmt: skip
def test_not_taken(name: str) -> None:
    assert column_of(name, 0) is None


def test_area_is_marked_and_the_first_of_each_is_taken() -> None:
    assert find_columns(["f", "Z' (Ohm cm2)"])["re"].per_area
    assert find_columns(["f", "Z' (Ω·cm²)"])["re"].per_area
    assert find_columns(["Z'", "Zreal"])["re"].place == 0
