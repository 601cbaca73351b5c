"""The main job as a user runs it: `adatom demo` in a process of its own, then the commands on what it made."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.session import Files
from adatom.cloud.store.store import Store

from tests.system.processes import adatom, process, until

pytestmark = pytest.mark.system


def run(*words: str | Path, expect: int = 0) -> str:
    done = subprocess.run(adatom(*words), capture_output=True, text=True, timeout=280, env=os.environ)
    assert done.returncode == expect, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if expect == 0 else done.stderr


def test_the_demo_ends_with_a_report_and_a_database(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    summary: dict[str, Any] = json.loads(run("demo", "--trials", "2", "--out", out, "--json"))
    assert sum(summary["trials"].values()) == 2
    assert summary["points"] > 10_000
    assert summary["times_real_time"] > 0
    assert summary["peak_memory_mb"] < 1000
    report = Path(summary["report"]).read_text(encoding="utf-8")
    assert "SIMULATED" in report
    assert "http-equiv" in report
    with Store(Files(out).database, read_only=True) as store:
        assert set(store.baselines("demo")) == {"random", "sobol"}
        assert len(store.incumbents("demo")) >= 1
    status = json.loads(run("campaign", "status", summary["database"], "--json"))
    assert status[0]["campaign"] == "demo"
    again = json.loads(run("campaign", "report", summary["database"], "--output", tmp_path / "again.html", "--json"))
    assert Path(again["report"]).stat().st_size > 1_000_000
    refused = run("campaign", "run", out / "campaign.toml", "--out", out, expect=2)
    assert "resume it" in refused


def test_a_killed_campaign_is_resumed_to_its_end(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    log = tmp_path / "log"
    with process(adatom("demo", "--trials", "2", "--out", out, "--json"), log) as demo:
        until(lambda: len(list((out / "bench-twin-1").glob("*.seg"))) > 0, "the bench's journal", (log,))
        demo.send_signal(signal.SIGKILL)
        demo.wait()
    summary = json.loads(run("campaign", "resume", out / "campaign.toml", "--out", out, "--json"))
    assert sum(summary["trials"].values()) == 2
    assert set(summary["trials"]) <= {"complete", "failed"}
