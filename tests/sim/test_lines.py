"""What carries an instrument's bytes: the speed of a real line, pseudo-terminals and TCP ports, who is answered."""

import os
import socket
from pathlib import Path

import pytest
from adatom.protocol.errors import InputError
from adatom.sim.instruments.plant import READINGS, Plant
from adatom.sim.lines import KINDS, Line, Pacer, choose, make_instrument, others
from adatom.sim.ports import Port, TcpPort
from adatom.sim.rig import Rig
from hypothesis import given, settings
from hypothesis import strategies as st


class Silent:
    """A physics that gives the same readings for ever."""

    def step(self, outputs: object, dt_s: float) -> list[int | None]:
        readings: list[int | None] = [0] * 64
        return readings


class Echo:
    """An instrument that says what it hears, with a mark."""

    PROTOCOL = "echo"
    BAUD = 9600

    def feed(self, data: bytes, now_s: float) -> bytes:
        return b"<" + data + b">"

    def tick(self, now_s: float) -> bytes:
        return b""

    def state(self) -> dict[str, object]:
        return {}


def connect(port: TcpPort) -> socket.socket:
    host, number = port.address.split(":")
    client = socket.create_connection((host, int(number)))
    client.settimeout(5.0)
    return client


def heard(line: Line, clients: list[socket.socket], want: int) -> list[bytes]:
    """What each client received once `want` bytes have come in all; time stands still for the instrument."""
    got = [b""] * len(clients)
    for client in clients:
        client.setblocking(False)
    for _ in range(100_000):
        line.service(True, 0.0, 0.0)
        for i, client in enumerate(clients):
            try:
                got[i] += client.recv(100)
            except BlockingIOError:
                continue
        if sum(map(len, got)) >= want:
            return got
    raise AssertionError(got)


# --- the speed of a real line -----------------------------------------------------------------------------------------


def test_a_byte_arrives_ten_bits_after_it_began() -> None:
    pacer = Pacer(9600)
    assert pacer.through(b"EGY?\r", 10.0) == b""
    assert pacer.through(b"", 10.0 + 1.5 * pacer.byte_s) == b"E"
    assert pacer.is_busy
    assert pacer.through(b"", 10.0 + 5 * pacer.byte_s) == b"GY?\r"
    assert not pacer.is_busy
    assert pacer.through(b"x", 10.0 + 5 * pacer.byte_s) == b""  # a line that was free a moment ago starts anew


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=30), st.floats(0, 0.05)), min_size=1, max_size=20))
def test_all_bytes_arrive_in_order_and_none_before_its_time(pieces: list[tuple[bytes, float]]) -> None:
    pacer = Pacer(9600)
    now_s, sent, arrived, first_s = 0.0, b"", b"", None
    for data, pause_s in pieces:
        arrived += pacer.through(data, now_s)
        sent += data
        first_s = now_s if first_s is None and data else first_s
        now_s += pause_s
        assert len(arrived) <= (now_s - (first_s or 0.0)) / pacer.byte_s + 1e-3
    arrived += pacer.through(b"", now_s + len(sent) * pacer.byte_s)
    assert arrived == sent


def test_both_directions_take_their_time(tmp_path: Path) -> None:
    port = Port(tmp_path / "x")
    client = os.open(port.link, os.O_RDWR | os.O_NONBLOCK)
    line = Line("echo", Echo(), [port], real_baud=True)
    try:
        os.write(client, b"abc")
        real_s, came = 0.0, {}
        while len(came) < 9 and real_s < 1.0:
            line.service(True, 0.0, real_s)
            try:
                for byte in os.read(client, 100):
                    came[len(came)] = (real_s, byte)
            except BlockingIOError:
                pass
            real_s += 0.0002
        assert bytes(byte for _, byte in came.values()) == b"<a><b><c>"
        assert came[8][0] == pytest.approx((1 + 9) * 10 / 9600, abs=0.001)  # the first byte goes in, nine come out
    finally:
        os.close(client)
        line.close()


# --- ports ------------------------------------------------------------------------------------------------------------


def test_the_instrument_answers_where_it_was_spoken_to(tmp_path: Path) -> None:
    pty, tcp = Port(tmp_path / "x"), TcpPort(0)
    line = Line("echo", Echo(), [pty, tcp])
    slave = os.open(pty.link, os.O_RDWR | os.O_NONBLOCK)
    client = connect(tcp)
    try:
        client.sendall(b"one")
        assert heard(line, [client], 5) == [b"<one>"]
        os.write(slave, b"two")
        line.service(True, 0.0, 0.0)
        assert os.read(slave, 100) == b"<two>"
    finally:
        os.close(slave)
        client.close()
        line.close()


def test_a_new_tcp_client_takes_the_line_over_and_one_that_left_is_no_trouble() -> None:
    tcp = TcpPort(0)
    line = Line("echo", Echo(), [tcp])
    first = connect(tcp)
    try:
        first.sendall(b"1")
        heard(line, [first], 3)
        second = connect(tcp)
        second.sendall(b"2")
        assert heard(line, [second], 3) == [b"<2>"]
        first.settimeout(5.0)
        assert first.recv(10) == b""  # hung up on
        second.close()
        for _ in range(100):
            line.service(True, 0.0, 0.0)
        third = connect(tcp)
        third.sendall(b"3")
        assert heard(line, [third], 3) == [b"<3>"]
        third.close()
    finally:
        first.close()
        line.close()


# --- the rig: options ------------------------------------------------------------------------------------------------


def test_every_other_kind_is_listed_once() -> None:
    chosen = choose(["heater=lakeshore336"])
    rest = others(chosen)
    assert rest["eurotherm"] == "heater"
    assert "lakeshore336" not in rest
    assert set(rest) | set(chosen.values()) == {kind for kinds in KINDS.values() for kind in kinds}


def test_onlookers_see_the_bench_and_command_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, physics=Silent(), every=True)
    try:
        assert (tmp_path / "lakeshore336").is_symlink()
        rig.plant.heater_c = 512.0
        for onlooker in rig.onlookers.values():
            onlooker.feel(rig.plant)
        lakeshore = rig.lines["lakeshore336"].instrument
        assert lakeshore.feed(b"KRDG? A\n", 0.0) == b"+785.150\r\n"
        lakeshore.feed(b"OUTMODE 1,3,1,0;MOUT 1,50;RANGE 1,3\n", 0.0)
        rig.lines["bronkhorst"].instrument.feed(bytes.fromhex("10020103070121434248000010 03"), 0.0)
        state = rig.state()
        assert (rig.plant.heater_power_w, rig.plant.flow_set_sccm) == (0.0, 0.0)
        assert state["energised"] == []
        believed = state["instruments"]
        assert (believed["lakeshore336"]["output_pct"], believed["lakeshore336"]["commands_bench"]) == (50.0, False)
        assert believed["bronkhorst"]["setpoint_sccm"] == 50.0
        assert "commands_bench" not in believed["heater"]
    finally:
        rig.close()
    assert not (tmp_path / "lakeshore336").exists()


def test_what_is_sensed_is_no_command() -> None:
    """A reading that is forgotten in READINGS would freeze for onlookers; a command there would let them meddle."""
    commands = {"heater_power_w", "heater_full_w", "flow_set_sccm", "valve_pct", "laser_on", "laser_set_mj",
                "laser_external", "laser_rate_hz", "carousel_slot", "carousel_deg", "beam_blocked", "attenuator_deg",
                "contactor_closed", "gate_open", "shutter_open", "burst_id", "burst_pulses", "rate_mhz", "burst_left",
                "triggers", "cell_dc"}  # fmt: skip
    assert set(Plant.__dataclass_fields__) == commands | set(READINGS)


def test_the_directory_names_tcp_ports_and_a_taken_one_is_refused(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "a", physics=Silent(), tcp=0)
    try:
        directory = rig.directory()
        assert all(entry["tcp"].startswith("127.0.0.1:") for entry in directory.values())
        assert len({entry["tcp"] for entry in directory.values()}) == len(directory)
        taken = int(directory["laser"]["tcp"].split(":")[1])
        with pytest.raises(InputError, match="--tcp"):
            Rig(tmp_path / "b", physics=Silent(), tcp=taken - 1 if taken > 1024 else taken)
        assert list((tmp_path / "b").iterdir()) == []
    finally:
        rig.close()


def test_the_default_addresses_are_those_of_the_documentation() -> None:
    assert make_instrument("eurotherm", Plant()).address == 1  # type: ignore[attr-defined]
    assert make_instrument("mks937b", Plant()).address == 253  # type: ignore[attr-defined]
    assert make_instrument("alicat", Plant()).unit == "A"  # type: ignore[attr-defined]
    assert make_instrument("bronkhorst", Plant()).node == 3  # type: ignore[attr-defined]
