"""TCP connections between clients and the simulated broker: bytes in order, late, cut off, or swallowed in silence.

Each end sees what a socket shows: bytes, a hang-up, or nothing. `Weather` says what befalls the packets of a client.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adatom.sim.soak import packets

from .scheduler import MS, Life, S, Scheduler

DIAL_MS = (1, 40)
NO_ROUTE_S = 5  # until a dialer gives up whom nobody answers
PIECE_SHARE = 0.02  # of writes that the socket takes in part
REFUSED = "connection refused"


@dataclass
class Weather:
    """Of one client's connections. Shares are of packets."""

    delay_ms: tuple[int, int] = (0, 5)
    lost_acks: float = 0.0  # PUBACKs that do not arrive
    doubled: float = 0.0  # publications that the broker delivers twice
    mixed: float = 0.0  # publications that are overtaken by those on other topics
    no_route: bool = False  # nothing passes, and nobody is told


class End(Protocol):
    """Who holds an end of a connection."""

    def arrived(self, line: "Line", data: bytes) -> None: ...

    def hung_up(self, line: "Line") -> None: ...


class Line:
    """One connection. `client` and `broker` are its ends; each learns of the other's hang-up once."""

    def __init__(self, network: "Network", who: str, client: End, life: Life) -> None:
        self.network = network
        self.who = who
        self.weather = network.weather_of(who)
        self.client: End | None = client
        self.broker: End | None = network.broker
        self.life = life
        self.silent = False  # half-open: for good
        self._due_us = {True: 0, False: 0}  # per direction: nothing overtakes within a connection

    def send(self, data: bytes, upward: bool) -> None:
        """Bytes from one end to the other, whole packets or pieces of them."""
        weather, chance = self.weather, self.network.chance
        if self.silent or weather.no_route:
            return
        if weather.lost_acks and len(data) == 4 and data[0] == packets.PUBACK and chance.random() < weather.lost_acks:
            return
        self._later(upward, lambda: self._arrive(data, upward))

    def close(self, upward: bool) -> None:
        """One end hangs up, in order behind what it sent. It hears nothing more; the other end is told."""
        if upward:
            self.client = None
        else:
            self.broker = None
        if self.silent:
            self._forget()
        elif not self.weather.no_route:
            self._later(upward, lambda: self._hang_up(upward))

    def reset(self) -> None:
        """Both ends are cut off at once; what was on its way is lost."""
        self.silent = True
        for upward in (True, False):
            self._hang_up(upward)

    # --- inner ---------------------------------------------------------------------------------------------------
    def _later(self, upward: bool, action: Callable[[], None]) -> None:
        scheduler = self.network.scheduler
        due_us = scheduler.now_us + self.network.chance.randint(*self.weather.delay_ms) * MS + 50
        self._due_us[upward] = due_us = max(due_us, self._due_us[upward])
        scheduler.at(due_us, self.network.life, action)

    def _arrive(self, data: bytes, upward: bool) -> None:
        end = self.broker if upward else self.client
        if end is not None and not self.silent:
            end.arrived(self, data)

    def _hang_up(self, upward: bool) -> None:
        """Tell the end that the hang-up of the other travels to."""
        end = self.broker if upward else self.client
        if upward:
            self.broker = None
        else:
            self.client = None
        if end is not None:
            end.hung_up(self)
        self._forget()

    def _forget(self) -> None:
        if self.client is None and self.broker is None:
            self.network.lines.pop(self, None)


class Broker(End, Protocol):
    """What a network needs of the broker behind it."""

    up: bool


class Network:
    """Dials lines to one broker. `lines` is a dict for its order."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.chance = scheduler.chance("network")
        self.life = Life()  # packets travel on, whoever dies
        self.lines: dict[Line, None] = {}
        self.broker: Broker
        self._weather: dict[str, Weather] = {}

    def weather_of(self, who: str) -> Weather:
        return self._weather.setdefault(who, Weather())

    def dial(self, who: str, client: End, life: Life, done: Callable[[Line | None], None]) -> None:
        """Call `done` with a line, or with None when nobody answers."""
        lost = self.weather_of(who).no_route
        delay_us = NO_ROUTE_S * S if lost else self.chance.randint(*DIAL_MS) * MS

        def answered() -> None:
            if lost or not self.broker.up:
                done(None)
                return
            line = Line(self, who, client, life)
            self.lines[line] = None
            done(line)

        self.scheduler.after(delay_us, life, answered)

    def of(self, who: str) -> list[Line]:
        """The lines of a client, old ones that nobody closed too."""
        return [line for line in self.lines if line.who == who]

    def died(self, who: str) -> None:
        """A client's process is gone: its machine hangs up."""
        for line in self.of(who):
            if line.client is not None:
                line.close(True)


class Stream:
    """A line as edge.link wants a stream: reads and writes that never wait."""

    def __init__(self, network: Network, woken: Callable[[], None]) -> None:
        self.network = network
        self.woken = woken
        self.line: Line | None = None
        self._arrived = bytearray()
        self._over = False

    def arrived(self, line: Line, data: bytes) -> None:
        self._arrived += data
        self.woken()

    def hung_up(self, line: Line) -> None:
        self._over = True
        self.woken()

    def read(self, most: int) -> bytes | None:
        """Bytes, b"" at the end, None when there are none yet."""
        if not self._arrived:
            return b"" if self._over else None
        data = bytes(self._arrived[:most])
        del self._arrived[:most]
        return data

    def write(self, data: bytes) -> int:
        """How many bytes were taken."""
        if self._over or self.line is None:
            raise OSError("the connection was reset")
        taken = len(data)
        if self.network.chance.random() < PIECE_SHARE:
            taken = self.network.chance.randint(1, len(data))
            self.woken()
        self.line.send(bytes(data[:taken]), True)
        return taken

    def close(self) -> None:
        if self.line is not None and self.line.client is not None:
            self.line.close(True)


class Dialer:
    """As edge.dial's, to a simulated broker."""

    def __init__(self, network: Network, who: str, life: Life, woken: Callable[[], None]) -> None:
        self.network = network
        self.who = who
        self.life = life
        self.woken = woken
        self._stream: Stream | None = None
        self._answer: Line | None = None
        self._answered = False

    def start(self) -> None:
        self._answered = False
        stream = self._stream = Stream(self.network, self.woken)

        def done(line: Line | None) -> None:
            if self._stream is stream:
                self._answered, stream.line = True, line
                self.woken()
            elif line is not None:
                line.close(True)

        self.network.dial(self.who, stream, self.life, done)

    def poll(self) -> Stream | None:
        """The stream, or None while nobody has answered; OSError when nobody will."""
        if not self._answered or self._stream is None:
            return None
        if self._stream.line is None:
            self._answered = False
            raise OSError(REFUSED)
        return self._stream

    def close(self) -> None:
        self._stream, self._answered = None, False
