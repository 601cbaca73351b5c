"""Other people's clients, and raw dialogues as the manuals have them, on the rig's real lines.

Silence is what must not come: a test waits QUIET_S for it and then hears an answer that must.
"""

import struct
from collections.abc import Iterator
from typing import Any

import propar  # type: ignore[import-untyped]
import pytest
import serial
from adatom.edge.drivers.eurotherm import sealed
from lakeshore import Model336  # type: ignore[import-untyped]
from lakeshore.generic_instrument import InstrumentException  # type: ignore[import-untyped]
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusIOException

from tests.sim.served import Bare, Served

pytestmark = pytest.mark.system
QUIET_S = 0.15
PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("rig"), physics=Bare(), every=True, tcp=0)
    yield served
    served.close()


class Dialogue:
    """A serial port of the rig, as a program with pyserial and no protocol library has it."""

    def __init__(self, served: Served, name: str, baud: int = 9600) -> None:
        self.port = serial.Serial(served.slave(name), baud, timeout=PATIENCE_S)

    def __enter__(self) -> "Dialogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.port.close()

    def say(self, data: bytes) -> None:
        self.port.write(data)

    def hears(self, answer: bytes) -> None:
        """The very next bytes are these."""
        assert self.port.read(len(answer)) == answer

    def asks(self, question: bytes, answer: bytes) -> None:
        self.say(question)
        self.hears(answer)

    def line(self, question: bytes, end: bytes = b"\n") -> bytes:
        self.say(question)
        return self.port.read_until(end)

    def drain(self) -> None:
        """Drop what comes until nothing does."""
        self.port.timeout = QUIET_S
        while self.port.read(1):
            pass
        self.port.timeout = PATIENCE_S

    def awake(self, question: bytes, answer: bytes) -> None:
        """Ask again and again until it is answered: an instrument may be deaf for a while after an error."""
        self.port.timeout = QUIET_S
        while self.line(question) != answer:
            pass
        self.port.timeout = PATIENCE_S

    def hears_nothing(self) -> None:
        self.port.timeout = QUIET_S
        assert self.port.read(1) == b""
        self.port.timeout = PATIENCE_S


# --- Eurotherm: Modbus RTU --------------------------------------------------------------------------------------------


@pytest.fixture
def modbus(rig: Served) -> Iterator[ModbusSerialClient]:
    client = ModbusSerialClient(rig.slave("heater"), baudrate=9600, timeout=0.5, retries=0)
    assert client.connect()
    yield client
    client.close()


def test_pymodbus_reads_and_writes_integers_and_floats(rig: Served, modbus: ModbusSerialClient) -> None:
    assert modbus.read_holding_registers(122).registers == [0x2480]
    assert not modbus.write_register(273, 1).isError()
    words = modbus.convert_to_registers(12.5, modbus.DATATYPE.FLOAT32)
    assert not modbus.write_registers(0x8000 + 2 * 3, words).isError()
    read = modbus.read_input_registers(0x8000 + 2 * 4, count=2).registers
    assert modbus.convert_from_registers(read, modbus.DATATYPE.FLOAT32) == 12.5
    assert modbus.read_holding_registers(3, count=2).registers == [125, 125]
    assert rig.rig.plant.heater_power_w == 27.5
    modbus.write_register(3, 0)


@pytest.mark.parametrize(("call", "code"), [("read_coils", 1), ("unknown register", 2), ("too hot", 3)])
def test_pymodbus_gets_the_exceptions_of_the_specification(modbus: ModbusSerialClient, call: str, code: int) -> None:
    if call == "read_coils":
        answer: Any = modbus.read_coils(1)
    elif call == "unknown register":
        answer = modbus.read_holding_registers(3000)
    else:
        answer = modbus.write_register(2, 20000)
    assert (answer.isError(), answer.exception_code) == (True, code)


def test_another_slave_is_silent_and_a_broadcast_is_obeyed_in_silence(modbus: ModbusSerialClient) -> None:
    with pytest.raises(ModbusIOException):
        modbus.read_holding_registers(122, device_id=2)
    modbus.write_register(35, 70, device_id=0, no_response_expected=True)
    assert modbus.read_holding_registers(35).registers == [70]


def test_a_wrong_crc_is_met_with_silence_and_split_frames_are_put_together(rig: Served) -> None:
    request = sealed(struct.pack(">BBHH", 1, 3, 122, 1))
    answer = sealed(bytes([1, 3, 2]) + struct.pack(">H", 0x2480))
    with Dialogue(rig, "heater") as line:
        line.say(request[:-1] + bytes([request[-1] ^ 1]))
        line.hears_nothing()
        for byte in request[:5]:
            line.say(bytes([byte]))
        line.asks(request[5:], answer)
        line.asks(request + request, answer + answer)


# --- Lake Shore: its maker's package ----------------------------------------------------------------------------------


def test_the_lakeshore_package_drives_the_controller_over_tcp(rig: Served) -> None:
    host, number = rig.rig.directory()["lakeshore336"]["tcp"].split(":")
    controller = Model336(ip_address=host, tcp_port=int(number))
    try:
        assert (controller.model_number, controller.firmware_version) == ("MODEL336", "2.9")
        controller.query("*ESR?", check_errors=False)
        assert controller.get_kelvin_reading("A") == pytest.approx(295.15, abs=1.0)
        assert not controller.get_input_reading_status("A").invalid_reading
        assert controller.get_input_reading_status("B").invalid_reading
        controller.set_heater_output_mode(1, controller.HeaterOutputMode.OPEN_LOOP, controller.InputChannel.CHANNEL_A)
        controller.set_manual_output(1, 25.0)
        controller.set_heater_range(1, controller.HeaterRange.HIGH)
        assert controller.get_heater_output(1) == 25.0
        controller.set_setpoint_ramp_parameter(1, False, 0)
        controller.set_control_setpoint(1, 325.0)
        assert controller.get_control_setpoint(1) == 325.0
        controller.set_heater_pid(1, 40, 27, 0)
        assert controller.get_heater_pid(1) == {"gain": 40.0, "integral": 27.0, "derivative": 0.0}
        with pytest.raises(InstrumentException, match="Execution"):
            controller.set_manual_output(1, 101)
        with pytest.raises(InstrumentException, match="Command"):
            controller.command("DANCE")
        controller.all_heaters_off()
        assert controller.get_heater_output(1) == 0.0
    finally:
        controller.disconnect_tcp()
    assert rig.rig.plant.heater_power_w == 0.0  # it only looks on


# --- flow controllers -------------------------------------------------------------------------------------------------


def test_the_propar_package_drives_the_flow_controller(rig: Served) -> None:
    instrument = propar.instrument(rig.slave("bronkhorst"), address=3)
    try:
        instrument.setpoint = 16000
        assert instrument.setpoint == 16000
        assert instrument.readParameter(206) == 50.0  # fsetpoint
        assert instrument.writeParameter(206, 9.01)  # its bytes hold a 10
        assert instrument.readParameter(206) == pytest.approx(9.01)
        assert instrument.measure == 0
        assert (instrument.readParameter(25), instrument.readParameter(129)) == ("O2", "mln/min")
        assert not instrument.writeParameter(206, 101.0)
        several = [{"proc_nr": 1, "parm_nr": 0, "parm_type": propar.PP_TYPE_INT16},
                   {"proc_nr": 33, "parm_nr": 3, "parm_type": propar.PP_TYPE_FLOAT},
                   {"proc_nr": 33, "parm_nr": 0, "parm_type": propar.PP_TYPE_FLOAT}]  # fmt: skip
        assert [answer["data"] for answer in instrument.read_parameters(several)] == [0, pytest.approx(9.01), 0.0]
        nodes = instrument.master.get_nodes()
        assert [(node["address"], node["type"]) for node in nodes] == [(3, "DMFC")]
    finally:
        instrument.master.stop()


# --- gauges -----------------------------------------------------------------------------------------------------------


def test_a_tpg_streams_from_power_up_until_it_is_spoken_to_then_obeys_its_handshake(rig: Served) -> None:
    with Dialogue(rig, "gauge") as line:
        assert line.port.read_until(b"\r\n").count(b",") == 3  # a measurement line that nobody asked for
        line.say(b"\x03")
        line.drain()
        line.asks(b"PRX\r", b"\x06\r\n")
        first = line.line(b"\x05")
        assert first.startswith(b"0,1.0000E-01,0,1.0000E-01")
        assert line.line(b"\x05") == first  # ENQ again: a fresh value
        line.asks(b"PXR\r", b"\x15\r\n")
        line.asks(b"\x05", b"0001\r\n")
        line.asks(b"UN\x03UNI\r\x05", b"\x06\r\n0\r\n")  # ETX clears what was begun
        line.asks(b"SEN, 5, 5\r\x05", b"\x15\r\n0010\r\n")
        line.hears_nothing()


def test_an_mks_answers_to_its_address_and_to_any(rig: Served) -> None:
    with Dialogue(rig, "mks937b") as line:
        line.asks(b"@253PR3?;FF", b"@253ACK7.50E-2;FF")
        line.asks(b"@254U?;FF", b"@253ACKTORR;FF")
        line.asks(b"@253U!PASCAL;FF", b"@253ACKPASCAL;FF")
        line.asks(b"@253PR3?;FF", b"@253ACK1.00E+1;FF")
        line.asks(b"@253PR9?;FF", b"@253NAK160;FF")
        line.asks(b"@253T2?;FF", b"@253NAK152;FF")
        line.say(b"@007U?;FF")
        line.hears_nothing()
        line.say(b"@253SN")
        line.hears_nothing()
        assert line.line(b"?;FF", b";FF").startswith(b"@253ACK")


# --- laser, valve, potentiostat ---------------------------------------------------------------------------------------


def test_a_compex_answers_questions_and_nothing_else(rig: Served) -> None:
    with Dialogue(rig, "laser") as line:
        line.asks(b"OPMODE?\r", b"OFF:0\r")
        line.say(b"REPRATE=20\rTRIGGER=EXT\rEGY=9999\rDANCE=1\rDANCE?\r")
        line.hears_nothing()
        line.asks(b"REPRATE?\rTRIGGER?\rEGY SET?\r", b"20\rEXT\r100\r")
        line.say(b"TRIGGER=INT\r")


def test_a_651_obeys_and_answers_questions(rig: Served) -> None:
    with Dialogue(rig, "valve") as line:
        line.asks(b"R38\r\n", b"H1.50\r\n")
        line.say(b"T10\r\nS142.5\r\nD1\r\n")
        line.asks(b"R6\r\n", b"V42.50\r\n")


@pytest.mark.parametrize(
    ("name", "baud", "identity"), [("potentiostat", 230400, b"tespico"), ("emstat4", 921600, b"tes4")]
)
def test_an_emstat_speaks_methodscript(rig: Served, name: str, baud: int, identity: bytes) -> None:
    with Dialogue(rig, name, baud) as line:
        assert line.line(b"t\n", b"*\n").startswith(identity)
        assert line.line(b"v\n") == b"v0108\n"
        assert line.line(b"i\n")[:1] == b"i"
        line.asks(b"Z\n", b"Z!0006\n")
        line.awake(b"v\n", b"v0108\n")
        line.asks(b"?\n", b"?!0003\n")
        line.awake(b"v\n", b"v0108\n")
        line.asks(b"e\nfoo\n\n", b"e!4001: Line 1, Col 4\n")
        line.awake(b"v\n", b"v0108\n")
        script = b'var p\nset_pgstat_mode 9\non_finished:\nsend_string "never"\n'
        line.asks(b"e\n" + script + b"\n", b"e\n!001B: Line 2\n")
        line.hears_nothing()  # a runtime error does not run on_finished
        line.awake(b"v\n", b"v0108\n")
        line.asks(b"e\ncell_off\n\n", b"e\n\n")
