"""The `adatom graph` commands: what is known as a graph, built, asked, measured, written. Wiring only."""

import json
from pathlib import Path
from typing import Annotated

import typer
from adatom.protocol.output_path import output_file

app = typer.Typer(help="What is known as a graph: Cypher, neighbours, centrality, export.", no_args_is_help=True)

Database = Annotated[Path, typer.Option("--db", help="The DuckDB file (adatom materials load).")]
Where = Annotated[str, typer.Option("--graph", help="The graph's file, or neo4j://host:port, bolt://host:port.")]
Elements = Annotated[list[str] | None, typer.Option("--element", help="Only materials with this; may be repeated.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def build(
    db: Database,
    graph: Where,
    element: Elements = None,
    batch: Annotated[int, typer.Option(min=1, max=100_000, help="Rows a statement to a server.")] = 2000,
    as_json: AsJson = False,
) -> None:
    """Make the graph of what is known: an embedded file (ladybug), or in a Neo4j server.

    Building again gives the same graph: a file is replaced when the new one is whole, a server's nodes and edges are
    merged by their keys. User and password of a server: ADATOM_NEO4J_USER, ADATOM_NEO4J_PASSWORD or
    ADATOM_NEO4J_PASSWORD_FILE; ADATOM_NEO4J_DATABASE where it is not the default one.

    Examples:

    adatom graph build --db known.duckdb --graph known.lbug

    adatom graph build --db known.duckdb --graph neo4j://localhost:7687 --element Li
    """
    from adatom.cloud.knowledge.graph.build import build as made_of
    from adatom.cloud.knowledge.graph.report import counting, show_counts
    from adatom.cloud.knowledge.materials_report import checked_elements
    from adatom.cloud.store.store import Store

    elements = checked_elements(element or [])
    with Store(db, read_only=True) as store, counting() as tick:
        counts = made_of(store, graph, elements, tick, batch)
    print(json.dumps(counts)) if as_json else show_counts(counts, graph)


@app.command()
def query(
    cypher: Annotated[str, typer.Argument(help="The statement; values as $name.")],
    graph: Where,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="name=value; JSON, else a text; may be repeated.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Allow statements that change the graph.")] = False,
    seconds: Annotated[float, typer.Option(min=0.001, max=86_400, help="At most so long.")] = 30.0,
    rows: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many rows.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Ask the graph in Cypher. Only reading, unless --write is given.

    Example: adatom graph query 'MATCH (m:Material)-[h:HAS]->(:Property {key: $p}) WHERE h.value > 0.01
    RETURN m.formula, h.value, h.unit, h.doi ORDER BY h.value DESC' -p p=ionic_conductivity --graph known.lbug
    """
    from adatom.cloud.knowledge.graph.backend import Limits, open_graph
    from adatom.cloud.knowledge.graph.report import parameters, show_rows

    given = parameters(parameter or [])
    opened = open_graph(graph, write=write, limits=Limits(seconds, rows))
    try:
        found = opened.run(cypher, given)
    finally:
        opened.close()
    print(json.dumps(found._asdict(), ensure_ascii=False, default=str)) if as_json else show_rows(found)


@app.command()
def near(
    formula: Annotated[str, typer.Argument(help="As you would write it: Li7La3Zr2O12.")],
    db: Database,
    hops: Annotated[int, typer.Option(help="How far the neighbourhood reaches, 1 to 6.")] = 2,
    most: Annotated[int, typer.Option(min=1, max=1_000_000, help="Nodes of the neighbourhood, at most.")] = 10_000,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Related materials to show.")] = 12,
    through: Annotated[
        list[str] | None,
        typer.Option(help="What relates materials: Document, Family, Process, Element; may be repeated."),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it, .png or .svg.", callback=output_file)] = None,
    as_json: AsJson = False,
) -> None:
    """What is around a material, and which materials share its documents and families.

    Related ones are ranked by what they share: the rarer it is, the more it counts (Adamic and Adar). Nodes with more
    than 3000 links (oxygen, most properties) relate nothing and are not gone through.

    Example: adatom graph near Li7La3Zr2O12 --db known.duckdb --plot near.png
    """
    from adatom.cloud.knowledge.graph.report import load_network, near_data, show_near
    from adatom.cloud.measure.picture import check_plot

    if plot is not None:
        check_plot(plot)
    found = near_data(load_network(db), formula, hops, most, limit, through or [])
    if plot is not None:
        from adatom.cloud.knowledge.graph.plot import draw

        draw(plot, found)
    print(json.dumps(found, ensure_ascii=False)) if as_json else show_near(found)


@app.command()
def central(
    db: Database,
    by: Annotated[str, typer.Option(help="pagerank, degree or betweenness.")] = "pagerank",
    label: Annotated[str, typer.Option(help="Show nodes of this label: Material, Family, Document, ...")] = "Material",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20,
    pivots: Annotated[int, typer.Option(min=2, max=10_000, help="Of betweenness: sampled starts.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="... and of which draw.")] = 0,
    as_json: AsJson = False,
) -> None:
    """The most central nodes. Betweenness is sampled and has its standard error beside it.

    Example: adatom graph central --by pagerank --label Family --db known.duckdb
    """
    from adatom.cloud.knowledge.graph.report import central_data, load_network, show_central

    found = central_data(lambda: load_network(db), by, label, limit, pivots, seed)
    print(json.dumps(found, ensure_ascii=False)) if as_json else show_central(found)


@app.command()
def export(
    output: Annotated[Path, typer.Argument(help="FILE.graphml, or FILE.nt for RDF.", callback=output_file)],
    db: Database,
    element: Elements = None,
    as_json: AsJson = False,
) -> None:
    """Write the graph as GraphML or as RDF (N-Triples, which is Turtle too).

    Examples:

    adatom graph export lithium.graphml --db known.duckdb --element Li

    adatom graph export known.nt --db known.duckdb
    """
    from adatom.cloud.knowledge.graph.build import choose
    from adatom.cloud.knowledge.graph.export import check_ending
    from adatom.cloud.knowledge.graph.export import export as write
    from adatom.cloud.knowledge.graph.report import counting, show_counts
    from adatom.cloud.knowledge.materials_report import checked_elements
    from adatom.cloud.store.store import Store

    check_ending(output)
    elements = checked_elements(element or [])
    with Store(db, read_only=True) as store, counting() as tick:
        choose(store, elements)
        counts = write(store, output, tick)
    print(json.dumps(counts)) if as_json else show_counts(counts, str(output))
