import numpy as np
import pytest
from adatom.cloud.measure.eis.circuit import parse_circuit
from adatom.protocol.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


def test_series_and_parallel() -> None:
    z = parse_circuit("R0-p(R1,R2)").impedance(np.log(np.array([1.0, 2.0, 2.0])), np.array([1.0]))
    assert z[0] == pytest.approx(2.0)


def test_resistor_beside_constant_phase_is_reported_as_written() -> None:
    circuit = parse_circuit("R0 - p( CPE1 , R1 )")
    report = circuit.report(np.log(np.array([1.0, 100.0, 1e-3, 0.8])))
    assert circuit.text == "R0-p(CPE1,R1)"
    assert report.names == ("R0", "R1", "CPE1.Q", "CPE1.n")
    assert np.exp(report.log_values[2]) == pytest.approx(1e-3**0.8 / 100.0)
    assert len(circuit.arcs()) == 1


@pytest.mark.parametrize("text", ["R1", "p(R1,C1)", "L0-R0-p(R1-W1,CPE1)-p(R2,C2)-Wo3"])
def test_parameters_are_named_once(text: str) -> None:
    circuit = parse_circuit(text)
    names = circuit.report(np.zeros(circuit.size)).names
    assert len(names) == circuit.size == len(set(names))


BAD = {
    "": "character 1: the end",
    "R0-": "character 4: the end",
    "R0-p(R1,CPE1": "character 13: the end",
    "R0-p(R1)": "at least two parts",
    "R0-Q1": "character 4: 'Q1'",
    "R0-R0": "another label",
    "R0)": "character 3: ')'",
    "R0+R1": "character 3: '+R1'",
    "p(" * 20 + "R0": "at most 12 levels",
    "R0-" * 300: "at most 400 are allowed",
    "__import__('os')": "character 1",
}


@pytest.mark.parametrize("text", BAD)
def test_errors_name_the_place(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_circuit(text)
    assert BAD[text] in str(caught.value)


@given(st.text(alphabet="RLCPEWopZarc01,()- ", max_size=40))
def test_any_text_gives_a_circuit_or_an_input_error(text: str) -> None:
    try:
        circuit = parse_circuit(text)
    except InputError:
        return
    z, _ = circuit.evaluate(np.zeros((1, circuit.size)), np.zeros(2))
    assert z.shape == (1, 2)
