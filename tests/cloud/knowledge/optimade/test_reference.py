"""`adatom materials fetch` against the reference server of OPTIMADE, a process of its own on loopback."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from adatom.cloud.knowledge.materials_cli import app
from adatom.cloud.store.store import Store
from adatom.protocol.errors import InputError
from typer.testing import CliRunner

from tests.cloud.knowledge.optimade.reference_server import LITHIA, serving

NO_SITES = ("--response-fields", "chemical_formula_reduced,_exmpl_band_gap")
pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("optimade")) as url:
        yield url


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["fetch", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def found(*arguments: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return answer


@pytest.fixture(scope="module")
def db(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("known") / "known.duckdb"
    said = run(f"{base}/v1/", "--db", path, "--page-limit", 5)
    assert "21 of 21 entries in 5 pages" in said
    assert "_exmpl_band_gap              band_gap    eV       2" in said
    assert "not taken: _exmpl_ef / eV: may be formation_energy or something else" in said
    return path


def test_everything_that_it_has(base: str, db: Path) -> None:
    with Store(db) as store:
        facts = {one["property"]: one for one in store.facts_of("Li2O") if one["source_id"] == "li2o"}
        origin = store.fact_origins("Li2O")[facts["density"]["fact"]]
        mixed = {one["property"]: one["value"] for one in store.facts_of("Li2O4Ti")}
        refused = [why for _, why in store.refused_rows(store.knowledge_imports()[0]["import"])]
        urls = [page["url"] for page in store.fetched_pages(store.knowledge_imports()[0]["import"])]
    assert facts["lattice_a"]["value"] == pytest.approx(LITHIA)
    assert facts["density"]["value"] == pytest.approx(2.0127, abs=1e-4)
    assert (facts["band_gap"]["value"], facts["band_gap"]["phase"]) == (5.1, "Fm-3m")
    assert (facts["band_gap"]["dois"], facts["band_gap"]["dataset"]) == (["10.1000/lithia"], base)
    assert mixed["volume_per_atom"] == pytest.approx(4.14**3 / 7)
    assert (origin["provider"], origin["url"]) == ("Example provider", f"{base}/v1/structures/li2o")
    assert (origin["last_modified"][:19], origin["immutable_id"]) == ("2024-05-17T12:00:00", "li2o@3")
    assert "riddle: its sites make LiO, chemical_formula_reduced says Li2O" in refused
    assert sum("sites are nearer than 0.5 angstrom" in why for why in refused) > 10  # the server's data are mangled
    assert ["page_offset=5" in url for url in urls] == [False, True, False, False, False]


def test_the_same_again_is_known(base: str, db: Path) -> None:
    again = found(base, "--db", db, "--page-limit", 7, "--filter", 'elements HAS "Li" AND nelements<4')
    assert (again["pages"], again["entries"], again["facts"]) == (1, 4, 0)
    fewer = found(base, "--db", db, *NO_SITES, "--filter", 'elements HAS "Li"')  # no space group is found then
    assert (fewer["taken"][0]["values"], fewer["facts"]) == (2, 0)


@pytest.mark.parametrize(
    ("options", "own"),
    [
        (("--elements", "Li,O"), 'elements HAS ALL "Li","O"'),
        (("--only-elements", "Li,O"), 'elements HAS ONLY "Li","O"'),
        (("--nelements", "3-5"), "nelements>=3 AND nelements<=5"),
        (("--elements", "O", "--nelements", "3", "--filter", "nsites>5 OR nsites<3"),
         'elements HAS "O" AND nelements=3 AND NOT (nsites>=3 AND nsites<=5)'),
    ],
)  # fmt: skip
def test_friendly_options_find_what_a_filter_finds(
    base: str, tmp_path: Path, options: tuple[str, ...], own: str
) -> None:
    asked = found(base, "--db", tmp_path / "k.duckdb", *NO_SITES, *options)
    assert 0 < asked["available"] == asked["entries"] < 21
    with urllib.request.urlopen(f"{base}/v1/structures?{urlencode({'filter': own})}", timeout=60) as answer:
        assert asked["available"] == json.load(answer)["meta"]["data_returned"]


def test_fields_of_ones_own_choice(base: str, tmp_path: Path) -> None:
    more = ("--property", "_exmpl_stability.gga_gga+u.energy_above_hull=energy_above_hull",
            "--property", "_exmpl_formation_energy=formation_energy:eV/atom", "--method", "PBE")  # fmt: skip
    said = found(base, "--db", tmp_path / "k.duckdb", *NO_SITES, *more, "--filter", 'id="li2o"')
    assert {one["field"]: one["values"] for one in said["taken"]} == {
        "_exmpl_stability.gga_gga+u.energy_above_hull": 1, "_exmpl_formation_energy": 1, "_exmpl_band_gap": 1,
    }  # fmt: skip
    with Store(tmp_path / "k.duckdb") as store:
        told = {one["property"]: (one["value"], one["method"]) for one in store.facts_of("Li2O")}
    assert told == {"energy_above_hull": (0.0, "PBE"), "formation_energy": (-2.07, "PBE"), "band_gap": (5.1, "PBE")}


def test_fields_are_described_without_a_database(base: str) -> None:
    said = run(base, "--describe")
    assert "Example provider, OPTIMADE 1.2.0" in said
    assert "_exmpl_bulk_modulus_vrh  bulk_modulus   GPa" in said
    told = found(base, "--describe")
    assert [one["property"] for one in told["taken"]] == ["band_gap", "bulk_modulus"]
    assert told["left"][-1] == {"field": "_exmpl_this_provider_field", "unit": "",
                                "why": "its type is string, not a number"}  # fmt: skip


def test_a_limit_and_a_warning(base: str, tmp_path: Path) -> None:
    said = run(base, "--db", tmp_path / "k.duckdb", *NO_SITES, "--limit", 3, "--page-limit", 2,
               "--filter", 'last_modified > "2001-01-01T00:00:00.5Z"')  # fmt: skip
    assert "3 of 21 entries in 2 pages" in said
    assert "note: there are more entries (--limit)" in said
    assert "note: 3 entries tell nothing that is taken" in said
    assert "the provider warns: TimestampNotRFCCompliant" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--filter", "elements HAS"), r"/v1/structures: HTTP 400: Bad Request: Unable to parse filter elements HAS"),
        (("--filter", "elements = 5 AND"), "HTTP 400: Bad Request"),
        (("--page-limit", "501"), "HTTP 403: Forbidden: Max allowed page_limit is 500, you requested 501"),
        (("--response-fields", "colour"), "colour: the provider does not have this; it has _exmpl_band_gap"),
        (("--property", "_exmpl_colour=band_gap"), "_exmpl_colour: the provider does not have this"),
        (("--elements", "Li,Qq"), "'Qq' is no element"),
    ],
)
def test_mistakes_are_said_in_words(base: str, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(base, "--db", tmp_path / "k.duckdb", *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("https://example.org",), "--db: a database is needed, or --describe"),
        (("example.org", "--describe"), "must be https://host/path"),
        (("http://example.org", "--describe"), "--plain-http"),
    ],
)
def test_mistakes_that_need_no_server(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(*arguments)


def test_a_path_that_is_none_of_its(base: str) -> None:
    with pytest.raises(InputError, match="/nothing/v1/info: HTTP 404"):
        run(f"{base}/nothing", "--describe")
