"""The page of `adatom suggest --html`: one file that needs no network, now or in ten years."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

import plotly.graph_objects as go
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.table import plots
from adatom.cloud.optimize.table.grid import value_text
from adatom.cloud.optimize.table.memory import point_text, result_text
from adatom.cloud.optimize.table.search import Best
from adatom.cloud.optimize.table.show import aim_text, front_text, interval_text
from adatom.cloud.optimize.table.suggest import Answer
from plotly.offline import get_plotlyjs

HERE = Path(__file__).parent


def write_page(path: Path, answer: Answer) -> None:
    """Write the page of an answer; the same answer gives the same bytes."""
    path.write_text(page(answer), encoding="utf-8")


def page(answer: Answer) -> str:
    """The HTML text."""
    points = [proposal.point for proposal in answer.proposals]
    through = answer.best.row.point if answer.best else points[0]
    where = f"row {answer.best.row.number}, the best so far" if answer.best else "the first suggestion"
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(answer.request.table.name),
        facts=_facts(answer),
        best=_best(answer.best),
        stop=escape(_sentence(answer.search.stop_text(answer.stop))),
        suggestions=_suggestions(answer),
        figures="".join(_figures(answer, points, through, escape(where))),
        plotlyjs=get_plotlyjs(),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _facts(answer: Answer) -> str:
    told = answer.search.told
    failed = sum("failed" in (row.result or {}) for row in told)
    facts = {
        "rows with results": f"{len(told)}, {failed} of them failed",
        "waiting": str(len(answer.search.rows) - len(told)),
        **({"other tables": "; ".join(answer.search.sources_text())} if answer.search.sources else {}),
        "strategy": answer.setup.strategy,
        "seed": str(answer.seed),
        "ask": str(answer.ask + 1),
    }
    return "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items())


def _best(best: Best | None) -> str:
    if best is None:
        return "<p>No row has a value yet.</p>"
    expected = "; ".join(f"{name} {interval_text(p)}" for name, p in best.predicted.items())
    model = f"<p>Its true value, as the model sees it, with 95 %: {escape(expected)}.</p>" if expected else ""
    how, front = (
        (", by the weighted sum of losses", f"<p>{_sentence(front_text(best))}</p>") if best.front else ("", "")
    )
    said = f"row {best.row.number}, <b>{escape(result_text(best.row.result or {}))}</b>"
    return f'<p class="result">Best so far{how}: {said}</p><p>{escape(point_text(best.row.point))}</p>{model}{front}'


def _suggestions(answer: Answer) -> str:
    modelled = [objective for objective in answer.setup.objectives if objective.modelled]
    heads = [
        "row",
        *answer.setup.inputs,
        *(f"{o.name}, 95 %" for o in modelled),
        aim_text(answer.search),
        "fails",
        "why",
    ]
    lines = []
    for index, proposal in enumerate(answer.proposals):
        explanation = proposal.explanation
        cells = [
            str(answer.numbers[index]) if answer.numbers else f"#{index + 1}",
            *(value_text(proposal.point[name], ".") for name in answer.setup.inputs),
            *(
                interval_text(explanation.predicted[o.name]) if o.name in explanation.predicted else ""
                for o in modelled
            ),
            "" if explanation.chance_to_beat is None else f"{explanation.chance_to_beat:.0%}",
            f"{1.0 - explanation.chance_of_success:.0%}",
            proposal.why,
        ]
        lines.append(_line(cells, "td"))
    return f"<table><thead>{_line(heads, 'th')}</thead><tbody>{''.join(lines)}</tbody></table>"


def _line(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def _figures(answer: Answer, points: Sequence[Point], through: Point, where: str) -> list[str]:
    """Sections of the figures that there are data for."""
    search = answer.search
    modelled = [objective for objective in answer.setup.objectives if objective.modelled]
    sections = [
        (f"{escape(o.name)} by row", "Crosses are rows that failed: they have no value.", plots.convergence(search, o))
        for o in modelled
    ]
    sections += [
        ("What no other row beats", "Results of two objectives at a time.", front)
        for front in [plots.front_figure(search, points)]
        if front is not None
    ]
    sections += [
        (
            f"What is expected of {escape(o.name)}",
            f"Along each column through {where} (dashed), the others as they are there; in a mixture they keep their "
            "ratios. The band holds the true value with 95 %. Grey: all results, whatever their other columns.",
            made,
        )
        for o in modelled
        for made in [plots.slice_figure(search, o, through)]
        if made is not None
    ]
    sections += [
        ("What it hangs on", f"How much the expectation changes along each column through {where}.", bars)
        for bars in [plots.sensitivity_figure(search, through)]
        if bars is not None
    ]
    return [
        f"<section><h2>Figure {number}. {title}</h2><p>{text}</p>{_plot(made, number)}</section>"
        for number, (title, text, made) in enumerate(sections, start=1)
    ]


def _plot(made: go.Figure, number: int) -> str:
    """A figure as data, drawn by the page's last script. "<" is escaped: no text may end the element."""
    data = made.to_json().replace("<", "\\u003c")
    return f'<div class="plot" id="figure-{number}"><script type="application/json">{data}</script></div>'
