"""The cloud was away, and a backlog is replayed while the bench goes on measuring: how fast, and what waits for it."""

import time
from pathlib import Path

from adatom.protocol import codec, topics
from adatom.protocol.errors import ProtocolError
from adatom.sim.soak import packets
from adatom.sim.soak.chaos import DOWN, Proxy
from adatom.sim.soak.checker import Entry
from adatom.sim.soak.lab import TUNED, Lab
from adatom.sim.soak.processes import until
from adatom.sim.soak.row import Row, Say, Trial

POINTS_S = 2000
EVENT_S = 0.5  # between two safety events
RATIO = 5.0
NEAR = 0.02  # of the backlog left: replayed


class Heard:
    """What reaches the cloud of alarms and of their records, as the wire shows it: number -> monotonic s."""

    def __init__(self) -> None:
        self.alarms: dict[int, float] = {}
        self.records: dict[int, float] = {}

    def __call__(self, t_s: float, who: str, way: str, packet: bytes) -> None:
        published = packets.publication(packet) if way == DOWN else None
        if published is None:
            return
        try:
            kind = topics.parse(published[0])[2]
            if kind in ("alarm", "event"):
                seq = codec.decode(kind, published[1])[0]["seq"]
                (self.alarms if kind == "alarm" else self.records).setdefault(seq, t_s)
        except ProtocolError:
            return


def run(seed: int, seconds: float, folder: Path, say: Say, points_s: int = POINTS_S) -> Trial:
    """The cloud away for so long, then back: the replay's rate to the live one, and how long events take meanwhile."""
    trial, heard = Trial(seed, n=1), Heard()
    with Lab(folder, TUNED) as lab:
        lab.start_broker()
        with Proxy(lab.port, (), seed, heard) as proxy:
            lab.start_cloud(proxy.port)
            lab.start_bench("load-1", points_s=points_s, event_s=EVENT_S, seed=seed)
            until(lambda: receipted(lab), "the first receipt", (lab.log("cloud"), lab.log("load-1")))
            lab.kill("cloud")
            say("the cloud is away")
            time.sleep(seconds)
            lab.start_cloud(proxy.port)
            before, began = len(receipted(lab)), last_number(lab)
            until(lambda: len(receipted(lab)) > before, "the first receipt after it", (lab.log("cloud"),))
            until(lambda: last_number(lab) - receipted(lab)[-1]["upto"] < NEAR * began, "the replay",
                  (lab.log("cloud"), lab.log("load-1")))  # fmt: skip
            replay = receipted(lab)[before:]
            lab.drain()
        rate = (replay[-1]["upto"] - replay[0]["upto"]) / (replay[-1]["t_s"] - replay[0]["t_s"])
        during = [
            e for e in lab.told("load-1") if e["what"] == "event" and replay[0]["t_s"] < e["t_s"] < replay[-1]["t_s"]
        ]
        trial.measured = [heard.alarms[e["seq"]] - e["t_s"] for e in during if e["seq"] in heard.alarms]
        trial.figures = lab.last("load-1") | {
            "replay_points_s": round(rate), "ratio": round(rate / points_s, 1), "events": len(during),
            "away_s": seconds, "replay_s": round(replay[-1]["t_s"] - replay[0]["t_s"], 2),
            "worst_record_s": max((heard.records[e["seq"]] - e["t_s"] for e in during if e["seq"] in heard.records),
                                  default=None),
        }  # fmt: skip
        if len(trial.measured) < len(during):
            trial.problems.append(
                f"{len(during) - len(trial.measured)} of {len(during)} safety events without an alarm"
            )
        if rate < RATIO * points_s:
            trial.problems.append(f"replayed at {rate / points_s:.1f} times the live rate, not {RATIO:g}")
        return trial.judge(lab.history())


def receipted(lab: Lab) -> list[Entry]:
    """The receipts that the bench got so far."""
    return [entry for entry in lab.told("load-1") if entry["what"] == "receipted"]


def last_number(lab: Lab) -> int:
    """The last number that the bench gave."""
    return int(max(e["first"] + e["count"] - 1 for e in lab.told("load-1") if e["what"] == "measured"))


ROWS = [Row("backlog replayed", "5 times the live rate or more, no live safety event delayed",
            "safety event to the cloud during the replay / s", 1.0, run)]  # fmt: skip
