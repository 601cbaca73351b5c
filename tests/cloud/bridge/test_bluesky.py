"""A run as Bluesky documents: by the schemas of event-model, read by its own router and filler, and nothing lost."""

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import event_model
import pytest
from adatom.cloud.bridge.bluesky.documents import PAGE_ROWS, Document, documents, run_of
from adatom.cloud.ingest.service import Ingest
from adatom.cloud.proof.issue import certify
from adatom.cloud.proof.signer import load_or_create_signer
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.edge import command
from adatom.protocol.channels import COUNT, HEATER_C, REFLECTANCE
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import KeyRing

from tests.cloud.campaign.instant_bench import InstantBench
from tests.cloud.ingest.test_service import ENVELOPE, KEYS, Silent
from tests.protocol.examples import RECIPE

RUN, UNFINISHED, BENCH = "demo-0001-r1-a1", "demo-0002-r1-a1", "twin-1"
RAW = bytes(range(256)) * 300  # more than one message
POINTS = PAGE_ROWS + 234
Lab = tuple[Path, list[Document]]


def record(bench: InstantBench) -> None:
    """A run of every kind of record, then one that goes on."""
    recorder = bench.station.recorder
    recorder.event(0, "command", {"name": "run", "counter": 7, "key": "campaign"})
    recorder.begin(RUN, "demo-0001")
    recorder.event(1, "state", {"from": "idle", "to": "heat"})
    for n in range(POINTS):
        readings: list[int | None] = [n + k for k in range(COUNT)]
        readings[HEATER_C] = None  # never read
        readings[REFLECTANCE] = n if n % 10 == 3 else None  # read at another rate
        recorder.point(100 * n, readings)
    raw = recorder.blob(200_000, RAW)
    eis = {"freq_hz": [1e5, 10.0], "z_re_ohm": [5.0, 7.0], "z_im_ohm": [-1.0, -2.5], "status": [0, 0]}
    recorder.measurement(200_001, "eis", eis, {"raw_sha256": raw, "area_cm2": 0.785})
    recorder.measurement(200_002, "cycling", {"cycle": [1.0], "voltage_mv": [3.5]}, {"end": "survived"})
    recorder.measurement(200_003, "cycling", {"cycle": [1.0, 2.0], "voltage_mv": [3.5, 3.6]}, {})
    recorder.measurement(200_004, "cycling", {"voltage_mv": [9.0]}, {})
    recorder.result(200_005, "complete", "", {})
    recorder.begin(UNFINISHED, "demo-0002")
    recorder.event(300_000, "state", {"from": "idle", "to": "heat"})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """(the database, the documents of its run)."""
    folder = tmp_path_factory.mktemp("laboratory")
    signer = load_or_create_signer(folder / "signing-key.pem")

    async def scene() -> None:
        with StoreThread(folder / "lab.duckdb") as store:
            args = {"run": RUN, "trial": "demo-0001", "recipe": RECIPE}
            await store.call(Store.log_command, BENCH, "run", args, 1.7e9, "campaign")
            ingest = Ingest(store, KeyRing(KEYS), Silent(), lambda held, utc_s: certify(held, signer, utc_s))
            bench = InstantBench(BENCH, ENVELOPE, KeyRing(KEYS), folder / "journal")
            record(bench)
            messages: list[tuple[str, bytes]] = []
            bench.pump(lambda topic, payload: messages.append((topic, payload)))
            await ingest.take(messages)
            bench.close()

    asyncio.run(scene())
    return folder / "lab.duckdb", exported(folder / "lab.duckdb", RUN)


def exported(database: Path, run: str, blobs: str = "") -> list[Document]:
    with Store(database, read_only=True) as store:
        return [(name, json.loads(json.dumps(doc))) for name, doc in documents(run_of(store, run), blobs)]


def one(found: list[Document], name: str) -> dict[str, Any]:
    [document] = [doc for kind, doc in found if kind == name]
    return document


class Reader(event_model.SingleRunDocumentRouter):  # type: ignore[misc]
    """What somebody knows who has these documents alone: stream -> rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.ended = False

    def event(self, doc: Any) -> Any:
        self.rows.setdefault(self.get_stream_name(doc), []).append(doc)
        return doc

    def event_page(self, doc: Any) -> Any:
        for event in event_model.unpack_event_page(doc):
            self.event(event)
        return doc

    def stop(self, doc: Any) -> Any:
        assert doc["num_events"] == {name: len(rows) for name, rows in self.rows.items()}
        self.ended = True
        return doc


def read(found: list[Document]) -> Reader:
    reader = Reader()
    for name, document in found:
        reader(name, document, validate=True)
    return reader


def test_every_document_is_what_its_schema_says(lab: Lab) -> None:
    for name, document in lab[1]:
        event_model.schema_validators[event_model.DocumentNames[name]].validate(document)
    kinds = [name for name, _ in lab[1]]
    assert (kinds[0], kinds[-1]) == ("start", "stop")
    assert set(kinds) == {"start", "resource", "datum", "descriptor", "event_page", "stop"}


def test_a_reader_finds_every_value_in_its_stream(lab: Lab) -> None:
    reader = read(lab[1])
    assert reader.ended
    rows = reader.rows
    assert {name: len(some) for name, some in rows.items()} == {
        "telemetry": POINTS, "telemetry_reflectance": sum(n % 10 == 3 for n in range(POINTS)), "events": 1,
        "eis": 1, "cycling": 2, "cycling_2": 1,
    }  # fmt: skip
    last = rows["telemetry"][-1]["data"]
    assert "heater_c" not in last
    assert (last["guard_c"], last["slot"], last["door"]) == ((POINTS - 1 + 1) / 100, POINTS - 1 + 12, True)
    assert rows["telemetry_reflectance"][1]["data"] == {"reflectance": 0.0013}
    assert rows["telemetry_reflectance"][1]["time"] == rows["telemetry"][13]["time"]
    assert [row["seq_num"] for row in rows["telemetry"]] == list(range(1, POINTS + 1))
    assert rows["eis"][0]["data"]["z_im_ohm"] == [-1.0, -2.5]
    assert json.loads(rows["events"][0]["data"]["data"]) == {"from": "idle", "to": "heat"}
    assert [row["data"]["voltage_mv"] for row in rows["cycling"]] == [[3.5], [3.5, 3.6]]


def test_units_and_descriptions_stand_with_the_values(lab: Lab) -> None:
    keys = {doc["name"]: doc["data_keys"] for name, doc in lab[1] if name == "descriptor"}
    guard = keys["telemetry"]["guard_c"]
    assert (guard["units"], guard["dtype"], guard["precision"], guard["source"]) == (
        "°C", "number", 2, "adatom:twin-1/guard_c",
    )  # fmt: skip
    assert guard["description"].startswith("Temperature")
    assert [keys["telemetry"][name]["dtype"] for name in ("door", "pulses")] == ["boolean", "integer"]
    assert (keys["eis"]["z_re_ohm"]["units"], keys["eis"]["freq_hz"]["units"]) == ("Ω", "Hz")
    assert keys["eis"]["raw"]["external"] == "FILESTORE:"


def test_the_start_says_what_run_it_is_of_what_recipe_whether_simulated_and_certified(lab: Lab) -> None:
    start, stop = one(lab[1], "start"), one(lab[1], "stop")
    assert start["recipe"] == RECIPE
    assert (start["run_id"], start["bench"], start["trial_id"], start["simulated"]) == (RUN, BENCH, "demo-0001", True)
    assert len(start["envelope_sha256"]) == 64
    assert start["certificate"]["status"] == "signed"
    assert start["certificate"]["key"].startswith("ed25519-")
    assert (stop["exit_status"], stop["reason"]) == ("success", "")
    assert stop["time"] - start["time"] == pytest.approx(200.005)


def test_raw_data_are_found_by_their_hash(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "bluesky", RUN, "--db", str(lab[0]), "--output", str(tmp_path / "run.jsonl")]
    assert command.run([*words, "--blobs", str(tmp_path / "raw"), "--json"]) == command.OK
    assert json.loads(capsys.readouterr().out)["blobs"] == 1

    def handler(resource_path: str, sha256: str, size: int) -> Any:
        data = Path(resource_path).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (sha256, size)
        return lambda: data

    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    filled: list[Any] = []
    with event_model.Filler({"ADATOM_BLOB": handler}, inplace=False) as filler:
        for name, document in lines:
            filled += [doc for kind, doc in [filler(name, document)] if kind == "event_page" and doc["filled"]]
    assert [page["data"]["raw"] for page in filled] == [[RAW]]
    assert [name for name, _ in lines] == [name for name, _ in lab[1]]


def test_uids_are_the_same_each_time_and_every_one_is_another(lab: Lab) -> None:
    assert exported(lab[0], RUN) == lab[1]
    uids = [uid for name, doc in lab[1] if name != "datum"
            for uid in (doc["uid"] if isinstance(doc["uid"], list) else [doc["uid"]])]  # fmt: skip
    assert len(set(uids)) == len(uids)
    assert one(exported(lab[0], UNFINISHED), "start")["uid"] not in uids


def test_a_run_that_goes_on_has_no_stop_and_no_certificate(lab: Lab, tmp_path: Path) -> None:
    found = exported(lab[0], UNFINISHED)
    assert not read(found).ended
    assert [name for name, _ in found] == ["start", "descriptor", "event_page"]
    assert one(found, "start")["certificate"] == {"status": "none", "why": "its result is missing"}


def test_mistakes_are_told(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(lab[0], read_only=True) as store, pytest.raises(InputError, match="holds no record of it"):
        run_of(store, "nothing")
    out = ["--output", str(tmp_path / "x.jsonl")]
    for words, text in (
        (["nothing", "--db", str(lab[0])], "'nothing': "),
        ([RUN, "--db", str(tmp_path / "none.duckdb")], "no such database"),
    ):
        assert command.run(["export", "bluesky", *words, *out]) == command.WRONG_USE
        assert text in capsys.readouterr().err
    with Store(lab[0]):  # as by a cloud that runs
        code = command.run(["export", "bluesky", RUN, "--db", str(lab[0]), *out])
    assert code == command.WRONG_USE


def test_without_json_it_says_what_is_in_the_file(lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.jsonl"
    assert command.run(["export", "bluesky", RUN, "--db", str(lab[0]), "--output", str(path)]) == command.OK
    assert capsys.readouterr().out == (
        f"{path}: 17 documents; events: telemetry 1234, telemetry_reflectance 124, events 1, eis 1, cycling 2, "
        "cycling_2 1\n"
    )
    command.run(["export", "bluesky", UNFINISHED, "--db", str(lab[0]), "--output", str(path)])
    assert capsys.readouterr().out == f"{path}: 3 documents; the run has not ended: no stop\n"
