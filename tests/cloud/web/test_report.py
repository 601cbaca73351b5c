"""The report as a file: complete, self-contained, escaped, and there for any state of a campaign."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from adatom.cloud.campaign.late import attach_file
from adatom.cloud.store.store import Store
from adatom.cloud.web import tables
from adatom.cloud.web.gather import gather
from adatom.cloud.web.report import page, write_report
from adatom.protocol.errors import FailedError, InputError
from plotly.offline import get_plotlyjs

from tests.cloud.measure.cycling.made import plain, symmetric
from tests.cloud.store.samples import BENCH, NOW
from tests.cloud.web import campaigns

EVIL = '</script><img src=x onerror="alert(1)">'
FIGURES = {
    "figure-progress",
    "figure-parallel",
    "figure-nyquist-reference",
    "figure-nyquist-best",
    "figure-traces",
    "figure-surfaces",
    "figure-cycling",
    "figure-importance",
    "figure-left-out",
    "figure-dependence",
}
VOID = {"meta", "br", "img", "link", "input"}


class Page(HTMLParser):
    """Elements, the texts of scripts, and what was left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


@pytest.fixture(scope="module")
def report(demo_store: Store, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "new folder" / "demo.html"
    assert write_report(demo_store, "demo", path) == path
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def words(report: str) -> str:
    """The page without plotly.js and tags, its blanks as one."""
    bare = re.sub(r"<(script|style).*?</\1>", "", report.replace(get_plotlyjs(), ""), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", bare))


def test_one_file_that_fetches_nothing(report: str) -> None:
    page = Page(report)
    assert page.open == []
    assert not [tag for tag, attributes in page.elements if tag in ("link", "img", "iframe") or "src" in attributes]
    assert "default-src 'none'" in report
    assert report.count(get_plotlyjs()) == 1
    assert len(report) < 6_000_000


def test_every_figure_is_there_and_its_data_can_be_read(report: str) -> None:
    page = Page(report)
    assert {attributes["id"] for _, attributes in page.elements if "id" in attributes} == FIGURES
    drawn = [json.loads(text) for text in page.scripts if text.startswith('{"data"')]
    assert len(drawn) == len(FIGURES)
    assert all("SIMULATED" in figure["layout"]["title"]["text"] for figure in drawn)


def test_the_summary_names_the_best_its_interval_and_the_ratio(demo_store: Store, words: str) -> None:
    view = gather(demo_store, "demo")
    assert view.best is not None
    assert view.best.r_interface is not None
    assert view.reference is not None
    assert view.reference.number == 1
    assert f"{view.best.r_interface.with_unit} (95 % interval) in trial {view.best.number}" in words
    assert "times lower than the reference recipe, measured in trial 1:" in words
    assert "SIMULATED" in words
    assert "9 of 12 trials" in words


def test_every_trial_and_every_failed_run_is_listed(demo_store: Store, words: str) -> None:
    view = gather(demo_store, "demo")
    failed = [run for run in view.runs if run.outcome == "failed"]
    assert failed
    assert all(run.run_id in words and run.reason in words for run in failed)
    assert all(trial.judged and f"{trial.judged.value:.3f}" in words for trial in view.trials)
    assert all(
        html.escape(why) in words for trial in view.trials if trial.judged for why in trial.judged.because.values()
    )
    assert "≥ 50" in words


def test_surfaces_are_told_beside_what_the_recipe_aims_at(demo_store: Store, report: str) -> None:
    reference, annealed = gather(demo_store, "demo").trials[:2]
    section = report[report.index("Surfaces by XPS") : report.index("<h2>Cycling")]
    for trial in (reference, annealed):
        thick = trial.quantity("overlayer_nm")
        assert thick is not None
        assert thick.text in section
    lithium, hidden = (trial.quantity("film_li_per_12_o") for trial in (annealed, reference))
    assert hidden is None  # by its overlayer
    assert lithium is not None
    assert f"{lithium.text}<br><small>6.50</small>" in section
    assert section.count("<br><small>6.50") == 1
    lanthanum = annealed.quantity("film_la_per_12_o")
    assert lanthanum is not None
    assert f"{lanthanum.text}<br><small>3.00</small>" in section


def test_cells_are_told_with_how_they_ended_and_whose_record_it_is(tmp_path: Path) -> None:
    with Store(":memory:") as store:
        campaigns.build(store, 2)
        run = store.trials("demo")[0]["runs"][0]["run_id"]
        late = tmp_path / f"{run} <b>.csv"
        late.write_text(plain(symmetric(20, volts=lambda cycle: 0.03 if cycle < 12 else 0.001)))
        attach_file(store, late, NOW)
        text = page(store, gather(store, "demo"))
    section = text[text.index("<h2>Cycling") : text.index("<h2>Failed runs")]
    assert "<td>hard short</td>" in section
    assert f"<td>{run} &lt;b&gt;.csv</td>" in section
    assert "<td>bench</td>" in section
    assert "fade" not in section.split("</p>")[1]  # no cell had one


def test_the_same_store_gives_the_same_bytes(demo_store: Store, report: str, tmp_path: Path) -> None:
    assert write_report(demo_store, "demo", tmp_path / "again.html").read_text(encoding="utf-8") == report


def test_the_incumbent_is_drawn_when_the_optimizer_was_asked(demo_store: Store) -> None:
    text = page(demo_store, gather(demo_store, "demo"), [(1, 1), (2, 2), (3, 99)])
    progress = _figure(text, "best so far")
    steps = next(trace for trace in progress["data"] if trace["name"] == "incumbent")
    assert steps["x"] == [1, 2]


def test_texts_from_the_store_are_escaped(tmp_path: Path) -> None:
    with Store(":memory:") as store:
        campaigns.build(store, 4, evil=EVIL)
        store.start_run("aborted", "demo", 3, 1, BENCH, NOW)
        store.end_run("aborted", "aborted", EVIL, NOW)
        text = write_report(store, "demo", tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert not [tag for tag, _ in page.elements if tag == "img"]
    assert "onerror" in text.replace(get_plotlyjs(), "")


def test_what_mattered_has_a_verdict_and_its_reservations(words: str) -> None:
    said = words[words.index("What mattered") :]
    assert "Nothing significant" in said  # eight trials, seventeen factors
    assert "1 trial without a value teach" in said
    assert "Zr is what Ta leaves" in said


def test_a_campaign_that_has_not_begun_has_a_report(tmp_path: Path) -> None:
    with Store(":memory:") as store:
        store.add_campaign("new", "not toml [", 7, NOW)
        text = write_report(store, "new", tmp_path / "r.html").read_text(encoding="utf-8")
    assert "No interfacial resistance has been measured yet" in text
    assert "No run failed" in text
    assert "0 samples have a value; at least 8 are needed" in text
    assert Page(text).open == []


def test_a_campaign_of_failures_is_marked_as_simulated(tmp_path: Path) -> None:
    with Store(":memory:") as store:
        campaigns.build(store, 1)
        store.rows("DELETE FROM quantity")
        text = write_report(store, "demo", tmp_path / "r.html").read_text(encoding="utf-8")
    assert tables.BADGE in text


def test_a_real_campaign_wears_no_badge(tmp_path: Path) -> None:
    with Store(":memory:") as store:
        store.add_campaign("real", "", 7, NOW)
        recipe = campaigns.recipes(1)[0]
        store.propose("real", 1, recipe, "reference", "", NOW)
        store.move_trial("real", 1, "reserve", NOW)
        store.start_run("real-1", "real", 1, 1, BENCH, NOW)
        store.move_trial("real", 1, "start", NOW)
        store.put_quantity("real-1", "r_interface_ohm_cm2", 140.0, unit="Ω·cm²", sd=0.1, scale="ln", simulated=False)
        store.end_run("real-1", "complete", "", NOW + 60)
        store.move_trial("real", 1, "complete", NOW)
        text = write_report(store, "real", tmp_path / "r.html").read_text(encoding="utf-8")
    assert "SIMULATED" not in text.replace(get_plotlyjs(), "")
    assert "That is the reference recipe itself" in text
    assert "140 (115 to 170) Ω cm²" in text


def test_an_unknown_campaign_is_refused_with_those_there_are(demo_store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'demos' is not in :memory:; there are: demo"):
        write_report(demo_store, "demos", tmp_path / "r.html")


def test_a_path_that_cannot_be_written_is_a_failure(demo_store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FailedError, match="cannot be written"):
        write_report(demo_store, "demo", tmp_path / "file" / "r.html")


def _figure(text: str, name: str) -> dict[str, Any]:
    """The figure that has a trace of this name."""
    drawn = [json.loads(script) for script in Page(text).scripts if script.startswith('{"data"')]
    return next(figure for figure in drawn if name in [trace.get("name") for trace in figure["data"]])
