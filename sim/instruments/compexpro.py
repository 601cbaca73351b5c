"""Twin of a COMPexPro excimer laser on RS-232: commands are never answered, questions get a bare value and CR.

What a real one refuses is ignored in silence (or answered `?` when so configured). Facts without a public source are
constructor arguments: the watchdog's period, the answer to nonsense.
"""

import math
from collections import deque
from collections.abc import Callable

from .plant import Plant

MAX_LINE = 80
INTERLOCK, LOW_LIGHT, TIMEOUT, WARM_UP = 1, 26, 31, 21
LOW_LIGHT_WINDOW_S = 10.0
LOW_LIGHT_SHARE = 0.3  # of the pulses missing in the window
MIN_PULSES = 10  # in the window, before a share means anything
COD_MAX_HZ = 50
WATCHDOG_S = 0.9  # "about 1 s" is all that is known in public
DEFAULT_MJ = 100.0  # EGY=0 brings it back
COUNTS_PER_MJ = 10.0  # K: what the energy monitor counts while it is calibrated
FILL_MODES = (
    "NEW FILL",
    "PASSIVATION FILL",
    "TRANSPORT FILL",
    "SAFETY FILL",
    "PURGE RESERVOIR",
    "PURGE RARE LINE",
    "PURGE HALOGEN LINE",
    "PURGE BUFFER LINE",
    "PURGE INERT LINE",
    "FLUSH RARE LINE",
    "FLUSH HALOGEN LINE",
    "FLUSH BUFFER LINE",
    "FLUSH INERT LINE",
    "FLUSHING",
    "HI",
    "PGR",
    "MANUAL FILL INERT",
    "LL OFF",
    "ENERGY CAL",
    "CAPACITY RESET",
    "CONT",
)
# settings that a question shows and a command changes: name -> (start value, what is allowed)
SETTINGS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "MODE": ("EGY NGR", lambda v: v in ("HV", "EGY PGR", "EGY NGR")),
    "EGY RANGE": ("100", lambda v: _integer(v, 1, 100)),
    "REPRATE": ("10", lambda v: _integer(v, 1, 100)),
    "COUNTS": ("0", lambda v: _integer(v, 0, 65535)),
    "FILTER": ("1", lambda v: v in ("0", "1", "2", "4", "8", "16")),
    "COD": ("OFF", lambda v: v in ("ON", "OFF")),
    "TEMP CONTROL": ("ON", lambda v: v in ("ON", "OFF")),
    "GASMODE": ("PREMIX", lambda v: v in ("PREMIX", "SINGLE GASES")),
    "MENU": ("1", lambda v: v == "RESET" or _integer(v, 1, 6)),
    "CAP.SET": ("100", lambda v: _integer(v, 0, 120)),
    "BUFFER": ("1000", lambda v: _integer(v, 0, 5000)),
    "HALOGEN": ("80", lambda v: _integer(v, 0, 5000)),
    "RARE": ("120", lambda v: _integer(v, 0, 5000)),
    "INERT": ("1800", lambda v: _integer(v, 0, 5000)),
}
# questions with an answer that nothing here changes
FIXED = {
    "PRESSURE": "3320",
    "ACCU": "0",
    "LEAKRATE": "0",
    "RESERVOIR TEMP": "32",
    "TEMP": "32",
    "ROOMTEMP": "24",
    "POWER STABILIZATION ACHIEVED": "YES",
    "FILTER CONTAMINATION": "12",
    "CAP.LEFT": "96",
    "TYPE OF LASER": "COMPexPro 205",
    "VERSION": "V6.02",
}


def _integer(text: str, low: int, high: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8 and low <= int(text) <= high


class CompexPro:
    """One laser. `open_interlocks` and `warm_up_s` are what a test may change."""

    PROTOCOL = "compexpro"
    BAUD = 9600

    def __init__(
        self,
        plant: Plant,
        *,
        unknown_reply: str = "",
        watchdog_s: float = WATCHDOG_S,
        start_delay_s: float = 4.1,
        max_mj: float = 750.0,
    ) -> None:
        self.plant = plant
        self.unknown_reply = unknown_reply
        self.watchdog_s = watchdog_s
        self.start_delay_s = start_delay_s
        self.max_mj = max_mj
        self.open_interlocks: list[str] = []
        self.settings = {name: start for name, (start, _) in SETTINGS.items()}
        self.hv_kv = 22.0
        self.mode = "OFF"
        self.code = 0
        self.watchdog = False
        self._buffer = b""
        self._now_s = 0.0
        self._heard_s = 0.0
        self._on_at_s = math.inf
        self._read_pulses = 0
        self._seen_pulses = 0
        self._energies: deque[float] = deque(maxlen=16)  # of the newest pulses, for FILTER
        self._counter_start = 0
        self._internal_pulses = 0.0
        self._window = (0.0, 0, 0)  # start, pulses and missed pulses at the start

    # --- the line -------------------------------------------------------------------------------------------------
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Answers to the lines that are complete now."""
        self.tick(now_s)
        if data:
            self._heard_s = now_s
        *lines, rest = (self._buffer + data).split(b"\r")
        self._buffer = rest[-MAX_LINE:]
        return b"".join(self._line(line) for line in lines)

    def _line(self, line: bytes) -> bytes:
        text = line.decode("latin-1").strip()
        if not text:
            return b""
        if text.endswith("?"):
            answer: str = self._answer(text[:-1])
        else:
            name, _, value = text.partition("=")
            answer = "" if self._obey(name, value) else self.unknown_reply
        return (answer + "\r").encode("latin-1") if answer else b""

    # --- questions ------------------------------------------------------------------------------------------------
    def _answer(self, name: str) -> str:
        if name == "MENU":
            return f"{self.settings['MENU']} 248 KRF"
        if name in self.settings:
            return self.settings[name]
        if name in FIXED:
            return FIXED[name]
        moving: dict[str, Callable[[], str]] = {
            "OPMODE": self._opmode,
            "EGY": self._energy,
            "EGY SET": lambda: f"{self.plant.laser_set_mj:.0f}",
            "HV": lambda: f"{self.hv_kv:.1f}",
            "TRIGGER": lambda: "EXT" if self.plant.laser_external else "INT",
            "TIMEOUT": lambda: "ON" if self.watchdog else "OFF",
            "INTERLOCK": lambda: ",".join(self.open_interlocks) or "NONE",
            "PULSE DIFF": lambda: str(self.plant.pulses_missed),
            "COUNTER": lambda: str(self._fired() - self._counter_start),
            "TOTALCOUNTER": lambda: str(12_345_678 + self._fired()),
        }
        return moving[name]() if name in moving else self.unknown_reply

    def _opmode(self) -> str:
        return "OFF,WAIT" if self.mode == "OFF,WAIT" else f"{self.mode}:{self.code}"

    def _energy(self) -> str:
        """Off: the preset. On: the mean of the last FILTER pulses, and 0 when no pulse came since it was read.

        In ENERGY CAL: raw counts of the monitor.
        """
        if self.mode == "ENERGY CAL":
            return f"{COUNTS_PER_MJ * self.plant.energy_mj:.0f}" if math.isfinite(self.plant.energy_mj) else "0"
        if self.mode != "ON":
            return f"{self.plant.laser_set_mj:.0f}"
        self._note_pulses()
        fired = self._fired()
        fresh = fired != self._read_pulses
        self._read_pulses = fired
        newest = list(self._energies)[-max(1, int(self.settings["FILTER"])) :]
        return f"{sum(newest) / len(newest):.0f}" if fresh and newest and math.isfinite(sum(newest)) else "0"

    def _note_pulses(self) -> None:
        """Keep the energy of pulses that came since the last look."""
        fired = self._fired()
        self._energies.extend([self.plant.energy_mj] * min(16, fired - self._seen_pulses))
        self._seen_pulses = fired

    def _fired(self) -> int:
        return self.plant.pulses + int(self._internal_pulses)

    # --- commands -------------------------------------------------------------------------------------------------
    def _obey(self, name: str, value: str) -> bool:
        """Carry a command out; False when a real laser would not."""
        if name in SETTINGS:
            return self._set(name, value)
        actions: dict[str, Callable[[str], bool]] = {
            "OPMODE": self._set_opmode,
            "EGY": self._set_energy,
            "HV": self._set_hv,
            "TRIGGER": self._set_trigger,
            "TIMEOUT": self._set_watchdog,
            "COUNTER": self._reset_counter,
            "FILTER CONTAMINATION": lambda v: v == "RESET",
        }
        return name in actions and actions[name](value)

    def _set(self, name: str, value: str) -> bool:
        if not SETTINGS[name][1](value):
            return False
        if name == "REPRATE" and self.settings["COD"] == "ON" and int(value) > COD_MAX_HZ:
            return False
        self.settings[name] = SETTINGS[name][0] if value == "RESET" else value
        if name == "REPRATE":
            self.plant.laser_rate_hz = float(value)
        if name == "COUNTS":
            self.plant.laser_external = True
        return True

    def _set_opmode(self, value: str) -> bool:
        if value == "OFF":
            self._switch_off(0 if self.code != TIMEOUT or not self.watchdog else TIMEOUT)
            return True
        if value == "ON":
            return self._switch_on()
        if value == "SKIP":
            self.code = 0 if self.code == WARM_UP else self.code
            return True
        if value not in FILL_MODES or self.mode != "OFF":
            return False
        if value == "MANUAL FILL INERT" and int(FIXED["PRESSURE"]) >= 3800:
            return False
        self.mode, self.code = value, 0
        return True

    def _switch_on(self) -> bool:
        if self.mode != "OFF" or self.code in (TIMEOUT, WARM_UP):
            return False
        if self.open_interlocks:
            self._switch_off(INTERLOCK)
            return False
        self.mode, self.code = "OFF,WAIT", 0
        self._on_at_s = self._now_s + self.start_delay_s
        return True

    def _switch_off(self, code: int) -> None:
        self.mode, self.code = "OFF", code
        self._on_at_s = math.inf
        self.plant.laser_on = False

    def _set_energy(self, value: str) -> bool:
        if not _integer(value, 0, int(self.max_mj)):
            return False
        self.plant.laser_set_mj = float(value) or DEFAULT_MJ
        return True

    def _set_hv(self, value: str) -> bool:
        try:
            kilovolts = float(value)
        except ValueError:
            return False
        if self.settings["MODE"] != "HV" or not 19.0 <= kilovolts <= 30.0:
            return False
        self.hv_kv = kilovolts
        return True

    def _set_trigger(self, value: str) -> bool:
        if value not in ("INT", "EXT"):
            return False
        self.plant.laser_external = value == "EXT"
        return True

    def _set_watchdog(self, value: str) -> bool:
        if value not in ("ON", "OFF"):
            return False
        self.watchdog = value == "ON"
        return True

    def _reset_counter(self, value: str) -> bool:
        if value != "RESET" or self.mode != "OFF":
            return False
        self._counter_start = self._fired()
        return True

    # --- time -----------------------------------------------------------------------------------------------------
    def tick(self, now_s: float) -> bytes:
        """Start delay, interlocks, host watchdog, low light, internal trigger. Says nothing by itself."""
        passed_s = max(0.0, now_s - self._now_s)
        self._now_s = max(now_s, self._now_s)
        if self.mode == "ON" and not self.plant.laser_external:
            self._internal_pulses += passed_s * self.plant.laser_rate_hz
        if now_s >= self._on_at_s and self.mode == "OFF,WAIT":
            self._begin(now_s)
        if self.open_interlocks and self.mode != "OFF":
            self._switch_off(INTERLOCK)
        if self.watchdog and self.code != TIMEOUT and now_s - self._heard_s > self.watchdog_s:
            self._switch_off(TIMEOUT)
        self._note_pulses()
        self._watch_light(now_s)
        return b""

    def _begin(self, now_s: float) -> None:
        self.mode, self._on_at_s = "ON", math.inf
        self.plant.laser_on = True
        self._read_pulses = self._fired()
        self._window = (now_s, self.plant.pulses, self.plant.pulses_missed)

    def _watch_light(self, now_s: float) -> None:
        start_s, pulses, missed = self._window
        if now_s - start_s < LOW_LIGHT_WINDOW_S:
            return
        triggers = self.plant.pulses - pulses
        dark = self.plant.pulses_missed - missed > LOW_LIGHT_SHARE * triggers
        if self.mode == "ON" and triggers >= MIN_PULSES and dark:
            self._switch_off(LOW_LIGHT)
        self._window = (now_s, self.plant.pulses, self.plant.pulses_missed)

    def state(self) -> dict[str, object]:
        """What the laser believes."""
        return {
            "opmode": self._opmode(),
            "energised": self.mode == "ON",
            "energy_set_mj": self.plant.laser_set_mj,
            "trigger": "EXT" if self.plant.laser_external else "INT",
            "watchdog": self.watchdog,
            "pulses_fired": self._fired(),
        }
