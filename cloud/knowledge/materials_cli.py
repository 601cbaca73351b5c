"""The `adatom materials` commands: published facts in, searched, shown. Wiring only."""

import json
from pathlib import Path
from typing import Annotated

import typer
from adatom.cloud.knowledge.interface.cli import labels
from adatom.cloud.knowledge.optimade.cli import fetch
from adatom.cloud.knowledge.prior.cli import predict
from adatom.protocol.output_path import output_file

app = typer.Typer(help="Published facts of materials: load, fetch, show, search, normalise.", no_args_is_help=True)
app.command()(predict)
app.command()(labels)
app.command()(fetch)

Database = Annotated[Path, typer.Option("--db", help="The DuckDB file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def load(
    db: Annotated[Path, typer.Option("--db", help="The DuckDB file; made when it is not there.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="CSV, TSV, JSON, JSON lines, Parquet, .xlsx, CIF, POSCAR; also .gz.")
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="The tables that come with adatom.")] = False,
    formula: Annotated[str, typer.Option(help="Of a table with other columns: the one of formulas.")] = "",
    value: Annotated[str, typer.Option(help="... and the one of values.")] = "",
    property_: Annotated[
        str, typer.Option("--property", help="... what they are of, or the column that says it.")
    ] = "",
    unit: Annotated[str, typer.Option(help="... in which unit, or the column that says it.")] = "",
    temperature: Annotated[str, typer.Option(help="... the column of temperatures, °C.")] = "",
    kelvin: Annotated[bool, typer.Option("--kelvin", help="Temperatures are K.")] = False,
    doi: Annotated[str, typer.Option(help="... the column of DOIs.")] = "",
    source: Annotated[str, typer.Option(help="... whose table it is.")] = "",
    method: Annotated[str, typer.Option(help="... measured, PBE, HSE06, ...")] = "measured",
    licence: Annotated[str, typer.Option(help="... and its licence.")] = "as of the source",
    as_json: AsJson = False,
) -> None:
    """Take published data in. Loading again changes nothing; a load that was stopped goes on.

    Rows that are not understood are refused with their reason (adatom materials status). What is doubtful is flagged,
    never deleted; Young's modulus and Poisson's ratio are derived from pairs of moduli.

    Examples:

    adatom materials load --shipped --db known.duckdb

    adatom materials load own.csv --formula Formula --value s --property ionic_conductivity --unit mS/cm --db k.duckdb

    adatom materials load LLZO.cif --db known.duckdb
    """
    from adatom.cloud.knowledge.check import check_facts
    from adatom.cloud.knowledge.load import load_file
    from adatom.cloud.knowledge.materials_report import asked_mapping, progress_bar, shipped_files, show_loaded
    from adatom.cloud.store.store import Store

    chosen = [*(files or []), *(shipped_files() if shipped else [])]
    mapping = asked_mapping(chosen, formula, value, property_, unit, temperature, kelvin, doi, source, method, licence)
    with Store(db) as store, progress_bar(not as_json) as progress:
        loaded = [load_file(store, file, mapping, progress) for file in chosen]
        checked = check_facts(store)
    if as_json:
        print(json.dumps({"files": [one._asdict() for one in loaded], "checks": checked._asdict()}))
        return
    show_loaded(loaded, checked)


@app.command()
def status(db: Database, as_json: AsJson = False) -> None:
    """What is in the database: files and how far they are read, facts by property, flags, rows refused.

    Example: adatom materials status --db known.duckdb
    """
    from adatom.cloud.knowledge.materials_report import show_status, status_data
    from adatom.cloud.store.store import Store

    with Store(db, read_only=True) as store:
        found = status_data(store)
    print(json.dumps(found)) if as_json else show_status(found)


@app.command()
def show(
    formula: Annotated[str, typer.Argument(help="As you would write it: Li7La3Zr2O12, (Mg,Fe)2SiO4.")],
    db: Database,
    facts: Annotated[
        bool, typer.Option("--facts", help="Every fact with where it is from, not only the consensus.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw where it lies among all materials, .png or .svg.", callback=output_file),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What is known of a composition: consensus with spread, flags, recipes.

    Examples:

    adatom materials show Li7La3Zr2O12 --db known.duckdb

    adatom materials show Li2O --db known.duckdb --facts --plot li2o.png
    """
    from adatom.cloud.knowledge.materials_report import material_data, show_material
    from adatom.cloud.measure.picture import check_plot
    from adatom.cloud.store.store import Store

    if plot is not None:
        check_plot(plot)
    with Store(db, read_only=True) as store:
        found = material_data(store, formula)
        if plot is not None:
            from adatom.cloud.knowledge.materials_plot import draw

            draw(plot, store, found)
    print(json.dumps(found, ensure_ascii=False)) if as_json else show_material(found, facts)


@app.command()
def search(
    db: Database,
    element: Annotated[list[str] | None, typer.Option(help="Holds this element; may be repeated.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Does not hold this one.")] = None,
    property_: Annotated[
        list[str] | None, typer.Option("--property", help="NAME, NAME>1, NAME<2 or 1<NAME<2; may be repeated.")
    ] = None,
    minimum: Annotated[float | None, typer.Option("--min", help="Of the first property.")] = None,
    maximum: Annotated[float | None, typer.Option("--max", help="Of the first property.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Materials by elements and by the consensus of properties, sorted by the first property.

    Example: adatom materials search --element Li --without Co --property band_gap --min 4 --db known.duckdb
    """
    from adatom.cloud.knowledge.materials_report import asked_ranges, checked_elements, show_found
    from adatom.cloud.store.store import Store

    ranges = asked_ranges(property_ or [], minimum, maximum)
    with_all, with_none = checked_elements(element or []), checked_elements(without or [])
    with Store(db, read_only=True) as store:
        found = store.search_facts(with_all, with_none, ranges, limit)
    print(json.dumps(found)) if as_json else show_found(found, [name for name, _, _ in ranges], limit)


@app.command()
def normalise(db: Database, as_json: AsJson = False) -> None:
    """Make the scales that bring every property to 0..1, from what is known now.

    A version is kept for good; a new one is made only when a number changed. adatom materials show tells where a
    material lies.

    Example: adatom materials normalise --db known.duckdb
    """
    import time

    from adatom.cloud.knowledge.materials_report import show_scales
    from adatom.cloud.knowledge.normalise import make_scales
    from adatom.cloud.store.store import Store

    with Store(db) as store:
        version, made = make_scales(store, time.time())
    scales = [one._asdict() for one in made.values()]
    print(json.dumps({"version": version, "scales": scales})) if as_json else show_scales(version, made)


@app.command()
def features(
    formulas: Annotated[list[str] | None, typer.Argument(help="Formulas, or none with --db.")] = None,
    db: Annotated[Path | None, typer.Option("--db", help="Of every composition in this database.")] = None,
    element: Annotated[list[str] | None, typer.Option(help="... that holds this element; may be repeated.")] = None,
    table: Annotated[str, typer.Option(help="Of elements: magpie, oliynyk or mat2vec.")] = "magpie",
    charges: Annotated[bool, typer.Option("--charges", help="Also whether charges balance (0.5 ms each).")] = False,
    output: Annotated[Path | None, typer.Option(help="Write all as CSV.", callback=output_file)] = None,
    as_json: AsJson = False,
) -> None:
    """Statistics of the elements' properties, in the manner of Magpie, for models of compositions.

    Examples:

    adatom materials features Li7La3Zr2O12 Li10GeP2S12 --charges

    adatom materials features --db known.duckdb --element Li --output features.csv
    """
    from adatom.cloud.knowledge.features_report import asked_compositions, features_data, show_features, write_features

    found = features_data(asked_compositions(formulas or [], db, element or []), table, charges)
    if output is not None:
        write_features(output, found)
    if as_json:
        print(json.dumps(found))
    else:
        show_features(found, output)
