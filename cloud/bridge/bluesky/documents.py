"""The documents of a run, in the order in which a live run would have sent them. Reads the store; knows no files.

Every uid follows from bench, boot, run and the number of the record, so that the same run exported again, or by another
copy of the database, has the same ones.
"""

import uuid
from collections.abc import Iterator
from functools import cache, partial
from importlib.metadata import version
from typing import Any, NamedTuple

from adatom.cloud.proof.certificate import opened
from adatom.cloud.proof.issue import held, incomplete
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError, ProtocolError

from . import streams
from .streams import Stream

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "adatom bluesky 1")
PAGE_ROWS = 1000
EXIT = {"complete": "success", "failed": "fail", "aborted": "abort"}
SPEC = "ADATOM_BLOB"  # a file whose bytes have the SHA-256 that is its name
CLOCK = "the bench's monotonic clock, laid on UTC at its last hello"
NO_CLOCK = "seconds since the bench's boot: it never said hello"

Document = tuple[str, dict[str, Any]]


class Run(NamedTuple):
    """What the documents are made of."""

    run_id: str
    bench: str
    boot: int
    uid: str
    store: Store
    blobs: dict[str, int]  # SHA-256 -> bytes, of the raw data that are here


def run_of(store: Store, run_id: str) -> Run:
    """The run. InputError when the database knows nothing of it."""
    origin = store.origin(run_id)
    if origin is None:
        raise InputError("run", f"{run_id!r}: {store.path} holds no record of it")
    bench, boot = origin
    uid = str(uuid.uuid5(NAMESPACE, f"{bench}/{boot}/{run_id}"))
    hashes = {one["meta"].get("raw_sha256", "") for one in store.measurements(run_id)}
    found = {sha256: store.blob(str(sha256)) for sha256 in sorted(map(str, hashes))}
    return Run(
        run_id, bench, boot, uid, store, {sha256: len(data) for sha256, data in found.items() if data is not None}
    )


def documents(run: Run, blob_folder: str = "") -> Iterator[Document]:
    """(name, document) of each. `blob_folder`: where the raw data are to be found, as files named by their SHA-256.

    A run that has not ended has no stop document.
    """
    resources = {sha256: _resource(run, sha256, blob_folder) for sha256 in run.blobs}
    found = _streams(run, {sha256: f"{resource['uid']}/0" for sha256, resource in resources.items()})
    yield "start", _start(run, min((float(min(stream.times_s)) for stream in found), default=0.0))
    for resource in resources.values():
        yield "resource", resource
        yield "datum", {"datum_id": f"{resource['uid']}/0", "resource": resource["uid"], "datum_kwargs": {}}
    for stream in found:
        descriptor = _descriptor(run, stream)
        yield "descriptor", descriptor
        for at in range(0, len(stream), PAGE_ROWS):
            yield "event_page", _page(descriptor["uid"], stream, at)
    if stop := _stop(run, found):
        yield "stop", stop


# --- inner -----------------------------------------------------------------------------------------------------------


def _streams(run: Run, raw: dict[str, str]) -> list[Stream]:
    offset_ms = cache(partial(_offset_ms, run))
    store, run_id, bench = run.store, run.run_id, run.bench
    return [
        *streams.telemetry(store.points(run_id), bench, offset_ms),
        *streams.events(store.events(run_id), bench, offset_ms),
        *streams.measurements(store.measurements(run_id), raw, bench, offset_ms),
    ]


def _offset_ms(run: Run, boot: int) -> float:
    known = run.store.boot(run.bench, boot)
    return float(known["wall_offset_ms"]) if known else 0.0


def _start(run: Run, time_s: float) -> dict[str, Any]:
    boot = run.store.boot(run.bench, run.boot) or {}
    known, result = run.store.run(run.run_id), run.store.result(run.run_id)
    return {
        "uid": run.uid,
        "time": time_s,
        "run_id": run.run_id,
        "plan_name": "adatom deposition run",
        "bench": run.bench,
        "boot": run.boot,
        "simulated": bool(boot.get("simulated", False)),
        "campaign": known["campaign"] if known else "",
        "trial_id": result["trial"] if result else "",
        "sample": {"sample_id": run.run_id},
        "recipe": _recipe(run),
        "envelope_sha256": boot.get("envelope_sha256", ""),
        "bench_software": boot.get("software", ""),
        "certificate": _certificate(run),
        "clock": CLOCK if boot else NO_CLOCK,
        "versions": {"adatom": version("adatom")},
        "hints": {"dimensions": [[["time"], "telemetry"]]},
    }


def _recipe(run: Run) -> dict[str, Any]:
    """The recipe as the cloud gave it; empty for a run that was started at the bench."""
    asked = run.store.command_of(run.run_id) or {}
    recipe = asked.get("recipe")
    return dict(recipe) if isinstance(recipe, dict) else {}


def _certificate(run: Run) -> dict[str, Any]:
    """Whether the cloud has signed that every record of the run is here; else why not."""
    signed = held(run.store, run.run_id)
    if signed is None:
        return {"status": "none", "why": incomplete(run.store, run.run_id) or "the cloud has not issued it yet"}
    try:
        certificate = opened(signed)
    except ProtocolError as error:
        return {"status": "invalid", "why": str(error)}
    ranges = [[span.boot, span.first, span.last] for span in certificate.spans]
    return {"status": "signed", "key": certificate.key, "signature": signed.signature, "records": certificate.records,
            "issued": certificate.issued_utc_s, "ranges": ranges}  # fmt: skip


def _resource(run: Run, sha256: str, folder: str) -> dict[str, Any]:
    return {
        "uid": _uid(run.uid, "blob", sha256),
        "run_start": run.uid,
        "spec": SPEC,
        "root": folder,
        "resource_path": sha256,
        "resource_kwargs": {"sha256": sha256, "size": run.blobs[sha256]},
        "path_semantics": "posix",
    }


def _descriptor(run: Run, stream: Stream) -> dict[str, Any]:
    objects: dict[str, list[str]] = {}
    for name, key in stream.keys.items():
        objects.setdefault(key.get("object_name", run.bench), []).append(name)
    return {
        "uid": _uid(run.uid, "stream", stream.name),
        "run_start": run.uid,
        "time": float(stream.times_s[0]),
        "name": stream.name,
        "data_keys": stream.keys,
        "object_keys": objects,
        "configuration": {},
        "hints": {owner: {"fields": names} for owner, names in objects.items()},
    }


def _page(descriptor: str, stream: Stream, at: int) -> dict[str, Any]:
    rows = stream.rows(at, PAGE_ROWS)
    return {
        "descriptor": descriptor,
        "uid": [_uid(descriptor, *map(str, place)) for place in rows.places],
        "seq_num": list(range(at + 1, at + 1 + len(rows.places))),
        "time": rows.times_s,
        "data": rows.data,
        "timestamps": dict.fromkeys(rows.data, rows.times_s),
        "filled": {name: [False] * len(rows.places) for name in stream.external},
    }


def _stop(run: Run, found: list[Stream]) -> dict[str, Any] | None:
    result = run.store.result(run.run_id)
    if result is None:
        return None
    return {
        "uid": _uid(run.uid, "stop"),
        "run_start": run.uid,
        "time": (_offset_ms(run, result["boot"]) + result["t_ms"]) / 1000.0,
        "exit_status": EXIT[result["outcome"]],
        "reason": result["reason"],
        "num_events": {stream.name: len(stream) for stream in found},
    }


def _uid(parent: str, *names: str) -> str:
    return str(uuid.uuid5(uuid.UUID(parent), "/".join(names)))
