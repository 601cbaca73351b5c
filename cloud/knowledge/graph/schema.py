"""Labels of nodes and kinds of edges with their fields. cloud/store/graph_reads.py fills them."""

from typing import NamedTuple

TEXT, NUMBER, WHOLE = "STRING", "DOUBLE", "INT64"  # names of ladybug; the same in GraphML by export.py


class Edge(NamedTuple):
    """One kind of edge. `identity`: fields that tell apart edges between the same two nodes."""

    start: str
    end: str
    fields: dict[str, str]
    identity: tuple[str, ...] = ()


# the first field of every node is `key`, a text that is unique within its label
NODES: dict[str, dict[str, str]] = {
    "Material": {"formula": TEXT, "chemical_system": TEXT, "elements": WHOLE},
    "Element": {},
    "Property": {"unit": TEXT, "scale": TEXT, "meaning": TEXT},
    "Family": {"kind": TEXT},
    "Process": {
        "target": TEXT, "method": TEXT, "highest_c": NUMBER, "highest_h": NUMBER, "atmosphere": TEXT, "reaction": TEXT,
        "source": TEXT, "dataset": TEXT, "line": WHOLE, "confidence": NUMBER,
    },
    "Operation": {},
    "Document": {},
}  # fmt: skip
EDGES: dict[str, Edge] = {
    "HAS": Edge(
        "Material",
        "Property",
        {
            "fact": TEXT, "value": NUMBER, "unit": TEXT, "low": NUMBER, "high": NUMBER, "comparison": TEXT,
            "temperature_c": NUMBER, "method": TEXT, "phase": TEXT, "source": TEXT, "dataset": TEXT, "source_id": TEXT,
            "line": WHOLE, "page": WHOLE, "doi": TEXT, "confidence": NUMBER, "flags": TEXT, "licence": TEXT,
        },
        ("fact",),
    ),
    "CONTAINS": Edge("Material", "Element", {"fraction": NUMBER}),
    "MEMBER_OF": Edge("Material", "Family", {}),
    "MAKES": Edge("Process", "Material", {}),
    "USES": Edge("Process", "Material", {}),
    "STEP": Edge("Process", "Operation", {"times": WHOLE}),
    "TELLS": Edge("Document", "Process", {}),
    "REPORTS": Edge("Document", "Material", {"facts": WHOLE}),
}  # fmt: skip
