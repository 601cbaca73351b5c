"""The matrix as one HTML file: a coloured table, rows instruments, columns faults, each cell with its story."""

import html
from collections.abc import Sequence
from typing import Any

COLOURS = {
    "tripped": "#cfe8cf",
    "failed run": "#dfe8bf",
    "tolerated": "#d5e5f5",
    "unseen": "#f6e3b5",
    "NOT SAFE": "#f2b0a8",
    "unsupported": "#eeeeee",
}
STYLE = """body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid #bbb;padding:.35em .5em;vertical-align:top;text-align:left;font-size:12px;max-width:13em}
small{color:#555}"""


def page(report: dict[str, Any]) -> str:
    """A whole HTML document of `{"instruments": rows, "figures": rows, "thermal": rows}`."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Faults of a bench</title>",
        f"<style>{STYLE}</style><h1>Instrument × fault, SIMULATED</h1>",
        "<p>The real agent and drivers against simulated instruments, byte by byte, in virtual time.</p>",
        _instruments(report["instruments"]),
    ]
    for name, title in (("figures", "Safety figures"), ("thermal", "Thermal faults")):
        if report.get(name):
            parts.append(f"<h2>{title}, SIMULATED</h2>" + _plain(report[name]))
    return "\n".join(parts) + "\n"


def _instruments(rows: Sequence[dict[str, Any]]) -> str:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    names = list(dict.fromkeys(row["instrument"] for row in rows))
    cells = {(row["instrument"], row["kind"]): row for row in rows}
    head = "<tr><th></th>" + "".join(f"<th>{html.escape(kind)}</th>" for kind in kinds) + "</tr>"
    body = "".join(
        f"<tr><th>{html.escape(name)}</th>" + "".join(_cell(cells[name, kind]) for kind in kinds) + "</tr>"
        for name in names
    )
    legend = " ".join(
        f'<span style="background:{colour}">&nbsp;{name}&nbsp;</span>' for name, colour in COLOURS.items()
    )
    return f"<table>{head}{body}</table><p>{legend}</p>"


def _cell(row: dict[str, Any]) -> str:
    lines = [f"<b>{html.escape(row['outcome'])}</b>"]
    if row["outcome"] == "unsupported":
        lines.append(f"<small>{html.escape(row['does'])}</small>")
    else:
        counts = ", ".join(f"{count} {name}" for name, count in row["counts"].items())
        lines += [html.escape(counts), f"<small>{html.escape(', '.join(row['names']))}</small>"]
    if row["detection_s"]:
        lines.append("found in {median:.1f} s, worst {worst:.1f} s (n {n})".format(**row["detection_s"]))
    if row.get("not_within"):
        lines.append(f"<small>{html.escape(row['not_within'][0])}</small>")
    title = html.escape(row["does"], quote=True)
    return f'<td style="background:{COLOURS[row["outcome"]]}" title="{title}">{"<br>".join(lines)}</td>'


def _plain(rows: Sequence[dict[str, Any]]) -> str:
    names = list(rows[0])
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr{_shade(row)}>" + "".join(f"<td>{html.escape(_text(row.get(name)))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _shade(row: dict[str, Any]) -> str:
    """What missed its limit, or was missed, is not to be searched for."""
    is_short = not row.get("met", True) or row.get("missed") or row.get("late")
    return f' style="background:{COLOURS["unseen"]}"' if is_short else ""


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
