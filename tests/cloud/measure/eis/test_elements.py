import re
from pathlib import Path

import numpy as np
import pytest
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.cloud.measure.eis.elements import KINDS
from hypothesis import example, given, settings
from hypothesis import strategies as st

W = 2.0  # rad/s at which the table below was worked out by hand
TABLE = {
    "R1": ([3.0], 3.0 + 0j),
    "L1": ([3.0], 6j),
    "C1": ([0.25], -2j),
    "CPE1": ([0.5, 1.0], -1j),
    "Zarc1": ([4.0, 0.5, 1.0], 2.0 - 2.0j),
    "W1": ([3.0], 3.0 * (1 - 1j) / np.sqrt(2.0)),
    "Wo1": ([3.0, 0.5], 3.0 / (np.sqrt(1j) * np.tanh(np.sqrt(1j)))),
    "Ws1": ([3.0, 0.5], 3.0 * np.tanh(np.sqrt(1j)) / np.sqrt(1j)),
    "La1": ([3.0, 0.5], 3.0 * np.sqrt(2j)),
    "G1": ([3.0, 0.5], 3.0 / np.sqrt(1 + 1j)),
    "Gs1": ([3.0, 0.5, 2.0], 3.0 / (np.sqrt(1 + 1j) * np.tanh(2.0 * np.sqrt(1 + 1j)))),
    "TLMQ1": ([3.0, 0.5, 0.5], np.sqrt(3.0 / (0.5 * np.sqrt(2j))) / np.tanh(np.sqrt(3.0 * 0.5 * np.sqrt(2j)))),
}


@pytest.mark.parametrize("name", TABLE)
def test_impedance_of_an_element(name: str) -> None:
    values, expected = TABLE[name]
    z = parse_circuit(name).impedance(np.log(np.array(values)), np.array([W / (2 * np.pi)]))
    assert z[0] == pytest.approx(expected, rel=1e-12)


def test_every_kind_is_in_the_table() -> None:
    assert {name[:-1] for name in TABLE} == set(KINDS)


def test_every_kind_is_in_the_reference() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "circuits.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == sorted(KINDS)


CIRCUITS = (
    *TABLE,
    "L0-R0-p(R1,CPE1)-p(R2,CPE2)-W1",
    "R0-p(R1-Wo1,C1)-Ws2",
    "p(R1-p(R2,C2,CPE3),L1-C3)",
    "La0-R0-p(G1,CPE1)-Gs2-TLMQ3",
)


@pytest.mark.parametrize("text", CIRCUITS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
@example(seed=2226)  # a branch of the last circuit has no impedance at one frequency
def test_jacobian_is_the_derivative(text: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    circuit = parse_circuit(text)
    low, high = circuit.bounds()
    x = np.clip(rng.normal(0.0, 1.0, (2, circuit.size)), np.maximum(low, -3.0), np.minimum(high, 3.0))
    log_w = np.linspace(-3.0, 3.0, 5)
    _, jacobian = circuit.evaluate(x, log_w)
    step = 1e-6
    for column in range(circuit.size):
        shift = np.zeros(circuit.size)
        shift[column] = step
        above, below = circuit.evaluate(x + shift, log_w)[0], circuit.evaluate(x - shift, log_w)[0]
        numeric = (above - below) / (2 * step)
        assert np.allclose(jacobian[:, column], numeric, rtol=1e-5, atol=1e-6 * np.abs(above).max())
