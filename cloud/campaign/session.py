"""One process that closes the loop: broker, ingest, store, optimizer, campaign, and simulated benches as children."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adatom.cloud.campaign.file import Campaign as CampaignFile
from adatom.cloud.campaign.fleet import Fleet
from adatom.cloud.campaign.late import LateFolder
from adatom.cloud.campaign.progress import Progress
from adatom.cloud.campaign.runner import Campaign, Finished
from adatom.cloud.campaign.scores import check_of, scores_of
from adatom.cloud.campaign.twins import TwinProcess, running
from adatom.cloud.clock import CLOCK, Clock
from adatom.cloud.ingest import crash_hooks
from adatom.cloud.ingest.broker import embedded_broker
from adatom.cloud.ingest.dial import Broker, broker_of
from adatom.cloud.ingest.keys import follow, keys_of_bench, load_or_create_keys, write_secret
from adatom.cloud.ingest.service import Connect, Ingest, connect
from adatom.cloud.knowledge.garnets import ConductivityPrior, conductivity_prior
from adatom.cloud.knowledge.materials import SHIPPED_TABLE, load_table
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.optimizer import Optimizer
from adatom.cloud.proof.issue import certify
from adatom.cloud.proof.signer import FILE as SIGNING_KEY
from adatom.cloud.proof.signer import Signer, load_or_create_signer
from adatom.cloud.store.scoring import Scored
from adatom.cloud.store.store import Store
from adatom.cloud.store.thread import StoreThread
from adatom.protocol.errors import InputError
from adatom.protocol.keyring import EVERY_BENCH, KeyRing

OpenWindow = Callable[[StoreThread, Ingest, Fleet, Campaign], AbstractAsyncContextManager[object]]
Then = Callable[[StoreThread], Awaitable[None]]
FLUSH_S = 20.0  # at the end: for the last records of the benches to arrive


@dataclass(frozen=True)
class Files:
    """Where a campaign keeps what it makes."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "campaign.duckdb"

    @property
    def keys(self) -> Path:
        return self.folder / "keys.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def late(self) -> Path:
        return self.folder / "late"

    def bench(self, name: str) -> Path:
        return self.folder / f"bench-{name}"


@dataclass(frozen=True)
class Access:
    """How a campaign reaches its benches, where that is not for the campaign's file to say."""

    broker: str | None = None  # URL, instead of the file's
    tls: Path | None = None  # folder of certificates, as `adatom pki` makes one
    user: str = ""
    password_file: Path | None = None
    keys: Path | None = None  # else those beside the certificates, else the campaign's own, made when missing

    def open(self, url: str | None) -> Broker | None:
        """The broker of a URL, None for the embedded one; InputError for what cannot be used."""
        if url is None and (self.tls or self.user or self.password_file):
            raise InputError("broker", "certificates, user and password need the URL of a broker")
        return None if url is None else broker_of(url, self.tls, self.user, self.password_file)

    def key_file(self, default: Path) -> Path:
        """The path of the key file."""
        beside = None if self.tls is None else self.tls / "keys.json"
        return self.keys or (beside if beside is not None and beside.exists() else default)


@dataclass(frozen=True)
class Done:
    """What a session came to."""

    finished: list[Finished]
    seconds: float
    records: int
    refused: int


async def run_campaign(
    file: CampaignFile,
    files: Files,
    *,
    resume: bool,
    access: Access = Access(),  # frozen
    start_twins: bool = True,
    window: OpenWindow | None = None,
    then: Then | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Done:
    """Run a campaign to its end; `watch` gets the progress to draw.

    `window`: how pages are served beside it; `then`: what is done at the end, before they go.
    """
    started = time.monotonic()
    broker = access.open(access.broker or _common_broker(file))
    key_file = access.key_file(files.keys)
    keys = load_or_create_keys(key_file)
    files.late.mkdir(parents=True, exist_ok=True)
    with StoreThread(files.database) as store:
        await store.call(open_campaign, file, resume)
        optimizer = await store.call(make_optimizer, file, store)
        async with open_broker(broker) as found, serving(store, keys, found, key_file) as (ingest, fleet, task):
            campaign = Campaign(
                file.name,
                file.trials,
                {bench.name: bench.envelope for bench in file.benches},
                store,
                fleet,
                optimizer,
                mishaps=file.mishaps,
                late=LateFolder(files.late),
                learn=file.scores.learn,
            )
            progress = Progress(campaign, simulated=all(bench.twin for bench in file.benches))
            progress.begin(await store.call(_finished_before, file.name))
            campaign.on_finished = progress.add
            watch(progress)
            twins = _twins(file, files, key_file, keys, found) if start_twins else []
            seen = window(store, ingest, fleet, campaign) if window else contextlib.nullcontext()
            async with seen:
                async with running(twins) as tasks:
                    await _first_to_fail([asyncio.create_task(campaign.run()), task, *tasks])
                    await _flushed(fleet)
                if then is not None:
                    task.cancel()  # the benches are gone: their silence is no news
                    await then(store)
        return Done(progress.finished, time.monotonic() - started, ingest.records, ingest.refused)


def make_optimizer(store: Store, file: CampaignFile, thread: StoreThread) -> Optimizer:
    """The campaign's optimizer, as it was when the store last heard of it."""

    def judge(candidates: list[tuple[str, Point]]) -> Sequence[Scored]:
        return thread.call_now(Store.score, candidates, file.benches[0].envelope, file.name)

    scores, options = scores_of(judge, file.scores), file.scores.options
    check = check_of(judge, file.scores, file.check)
    space = file.space
    if file.materials_prior:
        model = _garnet_prior(store)
        space = space.with_prior(lambda compositions: [float(mean) for mean in model.means(compositions)])
    state = store.load_state(file.name)
    if state is not None:
        # the file is the one it was begun with; an envelope may have been narrowed since, which is no other campaign
        return Optimizer.from_state(
            state, space, file.objectives, check=check, scores=scores, options=options, changed=True
        )
    return Optimizer(
        space, file.objectives, seed=file.seed, check=check, strategy=file.strategy,
        reference=file.reference, budget=file.trials, scores=scores, options=options,
    )  # fmt: skip


# --- inner -------------------------------------------------------------------------------------------------------


def open_campaign(store: Store, file: CampaignFile, resume: bool) -> None:
    """Note a new campaign, or find the one to resume. InputError when the two are mixed up."""
    known = store.campaign(file.name)
    if known is None:
        store.add_campaign(file.name, file.text, file.seed, time.time())
    elif not resume:
        raise InputError("campaign", f"{file.name!r} is in {store.path} already: resume it, or use another folder")
    elif known["file"] != file.text:
        raise InputError("campaign", f"{file.name!r} was started with another file than the one given")


def _garnet_prior(store: Store) -> ConductivityPrior:
    """From the materials in the store; from the table that comes with adatom where there are none."""
    if not store.material_count():
        load_table(SHIPPED_TABLE, store)
    return conductivity_prior(store)


def _finished_before(store: Store, name: str) -> list[Finished]:
    """The trials that ended before this process, for the display."""
    found = []
    for row in store.trials(name):
        if row["state"] in ("complete", "failed") and row["runs"]:
            run = row["runs"][-1]
            value = run["quantities"].get("r_interface_ohm_cm2") or {"value": None, "sd": None}
            found.append(Finished(row["trial"], row["state"], run["reason"], value["value"], value["sd"]))
    return found


def _common_broker(file: CampaignFile) -> str | None:
    """The broker that all benches name, None when none does."""
    urls = {bench.broker for bench in file.benches}
    if len(urls) > 1:
        raise InputError("benches", f"name different brokers ({', '.join(sorted(map(str, urls)))}); one is needed")
    return urls.pop()


@contextlib.asynccontextmanager
async def open_broker(broker: Broker | None, port: int = 0) -> AsyncIterator[Broker]:
    """The broker to use: the one given, or an embedded one on loopback when there is none."""
    if broker is None:
        async with embedded_broker(port) as address:
            yield Broker(*address)
    else:
        yield broker


@contextlib.asynccontextmanager
async def serving(
    store: StoreThread, keys: KeyRing, broker: Broker, key_file: Path | None = None
) -> AsyncIterator[tuple[Ingest, Fleet, "asyncio.Task[None]"]]:
    """Ingest, the fleet that listens to it, and the task that serves; ended on leaving.

    The keys are read anew when `key_file` changes. Runs are certified with the signing key beside it.
    """

    signer = None if key_file is None else load_or_create_signer(key_file.with_name(SIGNING_KEY))
    ingest, fleet = wire(store, keys, signer)
    crash_hooks.hook(ingest)
    task = asyncio.create_task(ingest.run(broker))
    tasks = [task] if key_file is None else [task, asyncio.create_task(follow(key_file, keys))]
    try:
        yield ingest, fleet, task
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def wire(
    store: StoreThread, keys: KeyRing, signer: Signer | None, clock: Clock = CLOCK, connect: Connect = connect
) -> tuple[Ingest, Fleet]:
    """Ingest and fleet, told of each other."""

    async def next_counter(bench: str, name: str, args: dict[str, Any]) -> int:
        return await store.call(Store.log_command, bench, name, args, clock.utc_s(), keys.signing_id("campaign"))

    def certified(held: Store, utc_s: float) -> int:
        return certify(held, signer, utc_s) if signer else 0

    fleet = Fleet(keys, _not_yet, next_counter, clock=clock)
    ingest = Ingest(store, keys, fleet, certified, clock, connect)
    fleet.send = ingest.send
    return ingest, fleet


async def _not_yet(topic: str, payload: bytes) -> bool:
    return False


def _twins(file: CampaignFile, files: Files, key_file: Path, keys: KeyRing, broker: Broker) -> list[TwinProcess]:
    if (broker.tls is not None or broker.user) and any(bench.twin for bench in file.benches):
        raise InputError("--twins", f"a simulated bench needs a certificate of its own for {broker.url}: "
                                    "give --no-twins and start each with adatom sim bench --tls")  # fmt: skip
    return [
        TwinProcess(
            b.name, b.envelope_path, b.twin.world, b.twin.variant, broker.url,
            _twin_keys(files, key_file, keys, b.name), files.bench(b.name),
        )
        for b in file.benches
        if b.twin is not None
    ]  # fmt: skip


def _twin_keys(files: Files, key_file: Path, keys: KeyRing, bench: str) -> Path:
    """The key file of a simulated bench: the cloud's where all share one, else its own, made anew."""
    if keys.made_for != EVERY_BENCH:
        return key_file
    path = files.bench(bench) / "keys.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    write_secret(path, keys_of_bench(keys, bench))
    return path


async def _first_to_fail(tasks: list["asyncio.Task[None]"]) -> None:
    """Wait for the first task (the campaign); an error of any of them ends the wait."""
    try:
        while not tasks[0].done():
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        tasks[0].cancel()
        await asyncio.gather(tasks[0], return_exceptions=True)


async def _flushed(fleet: Fleet) -> None:
    """Until every bench has been told that everything is committed, or the time is up."""
    deadline = time.monotonic() + FLUSH_S
    while time.monotonic() < deadline and not all(view.drained for view in fleet.benches.values()):
        await asyncio.sleep(0.1)
