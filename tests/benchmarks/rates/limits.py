"""What database and broker do by themselves, with the rows and messages of a run: the most that a wire could reach."""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from adatom.cloud.store.store import Store
from adatom.protocol.errors import FailedError
from numpy.typing import NDArray
from paho.mqtt.enums import CallbackAPIVersion

TOPIC = "rates"
IN_FLIGHT = 100
PATIENCE_S = 60.0
Rows = Mapping[str, NDArray[Any]]


def stored(database: Path, most: int) -> tuple[Rows, int, float, list[int]]:
    """(columns of the first points, rows of a commit, points of a record, sizes of the records' bodies) of a run."""
    with Store(database) as store:
        rows = store.columns(
            """SELECT point.* FROM point ASOF JOIN record
            ON point.bench = record.bench AND point.boot = record.boot AND point.seq >= record.first
            ORDER BY record.received_utc_s, point.bench, point.boot, point.seq LIMIT ?""",
            [most],
        )
        commits, points, records = store.rows(
            """SELECT count(DISTINCT received_utc_s), sum(count), count(*) FROM record WHERE kind = 'telemetry'"""
        )[0]
        sizes = store.rows("SELECT octet_length(body) FROM record WHERE kind = 'telemetry' LIMIT 5000")
    return rows, max(1, int(points / commits)), float(points / records), [int(size) for (size,) in sizes]


def inserted(database: Path, rows: Rows, batch: int, keyed: bool) -> float:
    """Rows a second into a fresh table of a fresh file, so many in a transaction: on their key or without any."""
    total = len(rows["seq"])
    with Store(database) as store:
        if not keyed:
            store.rows("CREATE TABLE bare AS SELECT * FROM point")
        began_s = time.perf_counter()
        for first in range(0, total, batch):
            part = {name: values[first : first + batch] for name, values in rows.items()}
            with store.transaction():
                store.insert("point" if keyed else "bare", part, "OR IGNORE" if keyed else "")
        return total / (time.perf_counter() - began_s)


def carried(port: int, sizes: list[int]) -> float:
    """Messages a second of these sizes (QoS 1) from one bare client to another."""
    arrived, first_s, done = 0, 0.0, threading.Event()

    def take(*_: Any) -> None:
        nonlocal arrived, first_s
        first_s = first_s or time.perf_counter()
        arrived += 1
        if arrived == len(sizes):
            done.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, "rates-subscriber")
    client.on_message = take
    subscribed = threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.subscribe(TOPIC, qos=1)
    client.loop_start()
    try:
        if not subscribed.wait(PATIENCE_S):
            raise FailedError("the broker does not answer")
        words = [sys.executable, "-m", "tests.benchmarks.rates.limits", str(port), *map(str, sizes)]
        subprocess.run(words, check=True, timeout=PATIENCE_S)
        if not done.wait(PATIENCE_S):
            raise FailedError(f"the broker delivered {arrived} of {len(sizes)} messages")
        return len(sizes) / (time.perf_counter() - first_s)
    finally:
        client.disconnect()
        client.loop_stop()


def publish(port: int, sizes: list[int]) -> None:
    """The other client."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "rates-publisher")
    client.max_inflight_messages_set(IN_FLIGHT)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for said in [client.publish(TOPIC, bytes(size), qos=1) for size in sizes]:
        said.wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    publish(int(sys.argv[1]), [int(word) for word in sys.argv[2:]])
