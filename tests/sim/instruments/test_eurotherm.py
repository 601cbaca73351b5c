"""The heater's twin by itself: frames as on the line, and what a real controller refuses."""

import struct
from random import Random

import pytest
from adatom.edge.drivers.eurotherm import sealed
from adatom.sim.instruments.eurotherm import Eurotherm
from adatom.sim.instruments.plant import Plant
from adatom.sim.physics.heat import Heater


def call(controller: Eurotherm, text: str, now_s: float = 0.0) -> str:
    """The reply's hex without CRC to a request's hex without CRC."""
    return controller.feed(sealed(bytes.fromhex(text)), now_s)[:-2].hex()


def test_a_float_is_read_high_word_first() -> None:
    controller = Eurotherm(Plant(heater_c=651.25))
    assert call(controller, "01 03 8002 0002") == "010304" + struct.pack(">f", 651.25).hex()


@pytest.mark.parametrize(
    ("request_hex", "reply"),
    [
        ("01 03 0001 0001", "01030200dc"),  # 22.0 °C with one decimal
        ("01 03 007a 0001", "0103022480"),
        ("01 03 0017 0001", "0103020001"),  # the programmer is in reset
        ("01 03 0038 0008", "010310" + "0000" * 8),
        ("01 04 007a 0001", "0104022480"),
        ("01 07", "010700"),
        ("01 08 0000 1234", "010800001234"),
        ("01 06 0002 1388", "010600021388"),  # 500.0 °C
        ("01 10 8004 0002 04 43fa0000", "011080040002"),
    ],
)
def test_requests_are_answered(request_hex: str, reply: str) -> None:
    assert call(Eurotherm(Plant()), request_hex) == reply


@pytest.mark.parametrize(
    ("request_hex", "reply"),
    [
        ("01 05 0001 ff00", "018501"),  # function
        ("01 03 0bb8 0001", "018302"),  # address
        ("01 03 8003 0002", "018302"),  # odd address of a float
        ("01 06 0001 0000", "018602"),  # PV is read-only
        ("01 06 0003 0064", "018602"),  # output, while automatic
        ("01 06 0002 4e20", "018603"),  # 2000 °C is above the set-point limit
        ("01 06 0111 0002", "018603"),  # manual is 0 or 1
        ("01 03 0001 0000", "018303"),
        ("01 10 8004 0002 04 7fc00000", "019003"),  # NaN
    ],
)
def test_refusals_are_modbus_exceptions(request_hex: str, reply: str) -> None:
    assert call(Eurotherm(Plant()), request_hex) == reply


def test_a_wrong_crc_another_address_and_a_broadcast_are_met_with_silence() -> None:
    controller = Eurotherm(Plant())
    frame = sealed(bytes.fromhex("010300010001"))
    assert controller.feed(frame[:-1] + bytes([frame[-1] ^ 1]), 0.0) == b""
    assert call(controller, "02 03 0001 0001", 1.0) == ""
    assert call(controller, "00 06 0002 1388", 2.0) == ""
    assert controller.state()["setpoint_c"] == 500.0


def test_a_frame_may_come_in_pieces_but_not_with_a_gap() -> None:
    controller = Eurotherm(Plant())
    frame = sealed(bytes.fromhex("0103007a0001"))
    assert [controller.feed(bytes([byte]), 0.001 * i) for i, byte in enumerate(frame)][:-1] == [b""] * 7
    controller.feed(frame[:4], 1.0)
    assert controller.feed(frame, 2.0) != b""


def test_manual_output_works_only_in_manual_and_reaches_the_plant() -> None:
    controller = Eurotherm(Plant(heater_full_w=200.0))
    call(controller, "01 06 0111 0001")
    call(controller, "01 06 0003 00fa")  # 25.0 %
    assert controller.plant.heater_power_w == 50.0


def test_a_sensor_break_gives_the_break_output_in_automatic() -> None:
    controller = Eurotherm(Plant())
    call(controller, "01 06 0002 1388")
    controller.sensor_break = True
    controller.tick(1.0)
    assert controller.plant.heater_power_w == 0.0
    assert call(controller, "01 03 004a 0001", 1.0) == "010302002f"  # and all four high alarms
    assert call(controller, "01 03 0001 0001", 1.0) == "010302" + struct.pack(">h", 13720).hex()


def test_the_status_word_of_a_3200_has_its_own_bits() -> None:
    controller = Eurotherm(Plant(), identity=0x3230)
    call(controller, "01 06 0023 00c8")  # 20.0 °C/min
    call(controller, "01 06 0002 1388")
    controller.tick(1.0)
    word = int(call(controller, "01 03 004b 0001", 1.0)[6:], 16)
    assert word & 1 << 13


class Furnace:
    """The twin's heater under its controller, in automatic from room temperature."""

    def __init__(self, identity: int = 0x2480) -> None:
        self.heater, self.plant = Heater(22.0), Plant()
        self.controller = Eurotherm(self.plant, identity=identity)
        self.noise = Random(1)
        self.now_s = 0.0

    def run(self, seconds: float) -> list[tuple[float, float]]:
        """(true temperature at the thermocouple, working set-point) every 0.1 s."""
        seen = []
        for _ in range(round(10 * seconds)):
            self.now_s += 0.1
            self.heater.step(self.plant.heater_power_w, 10.0, 0.1)
            celsius = self.heater.thermocouple_k - 273.15
            self.plant.heater_c = round(celsius + self.noise.gauss(0.0, 0.07), 2)
            self.controller.tick(self.now_s)
            seen.append((celsius, self.controller.state()["working_setpoint_c"]))
        return seen


def test_a_step_of_its_own_loop_overshoots_by_less_than_5_k_and_settles() -> None:
    furnace = Furnace()
    call(furnace.controller, "01 06 0002 0bb8")  # 300.0 °C
    seen = furnace.run(2400)
    assert max(celsius for celsius, _ in seen) < 305.0
    assert [celsius for celsius, _ in seen[-3000:]] == pytest.approx([300.0] * 3000, abs=0.1)


def test_a_ramp_of_its_own_loop_lags_and_overshoots_by_less_than_5_and_3_k() -> None:
    furnace = Furnace()
    call(furnace.controller, "01 06 0023 00c8")  # 20.0 K/min
    call(furnace.controller, "01 06 0002 1770")  # 600.0 °C
    seen = furnace.run(2400)
    assert max(working - celsius for celsius, working in seen) < 5.0
    assert max(celsius for celsius, _ in seen) < 603.0
    assert [celsius for celsius, _ in seen[-3000:]] == pytest.approx([600.0] * 3000, abs=0.1)


def test_the_output_limit_holds_in_automatic_and_does_not_wind_the_integral_up() -> None:
    furnace = Furnace()
    call(furnace.controller, "01 06 001e 0190")  # 40.0 % = 88 W
    call(furnace.controller, "01 06 0002 0fa0")  # 400.0 °C
    powers = [furnace.run(1)[0] and furnace.plant.heater_power_w for _ in range(200)]
    assert max(powers) == 88.0
    seen = furnace.run(2400)
    assert max(celsius for celsius, _ in seen) < 404.0


@pytest.mark.parametrize(("identity", "register", "bit"), [(0x2480, "01e5", 13), (0x3230, "001a", 14)])
def test_a_remote_set_point_must_be_refreshed(identity: int, register: str, bit: int) -> None:
    controller = Eurotherm(Plant(), identity=identity)
    call(controller, f"01 06 {register} 1770")  # 600.0 °C
    call(controller, "01 06 0114 0001")  # remote
    controller.tick(4.0)
    assert controller.state()["working_setpoint_c"] == 600.0
    call(controller, f"01 06 {register} 1770", 4.5)
    controller.tick(9.0)
    assert controller.state()["working_setpoint_c"] == 600.0
    controller.tick(9.6)
    assert controller.state()["working_setpoint_c"] == 20.0
    assert int(call(controller, "01 03 004b 0001", 9.6)[6:], 16) & 1 << bit
    assert controller.writes == 0
