"""The published data that travel with the package (ATTRIBUTION.md): each file by one name."""

from pathlib import Path

HERE = Path(__file__).parent.parent  # cloud/knowledge
FILES = {
    "obelix": HERE / "examples" / "conductivity" / "obelix_train.csv",
    "liion": HERE / "data" / "conductivity" / "liion_train.csv",
    "obelix_cifs": HERE / "data" / "conductivity" / "obelix_train_cifs.csv.gz",
    "materials_project": HERE / "data" / "dft" / "materials_project.csv.gz",
    "aflow": HERE / "data" / "dft" / "aflow.csv.gz",
    "reactions_with_lithium": HERE / "data" / "interface" / "reactions_with_lithium.csv.gz",
    "logic_counts": HERE / "data" / "logic" / "counts.csv.gz",
    "synthesis": HERE / "data" / "literature" / "solid_state_synthesis.csv.gz",
    "cora_nodes": HERE / "data" / "citation" / "cora_nodes.csv.gz",
    "cora_edges": HERE / "data" / "citation" / "cora_edges.csv.gz",
    "citeseer_nodes": HERE / "data" / "citation" / "citeseer_nodes.csv.gz",
    "citeseer_edges": HERE / "data" / "citation" / "citeseer_edges.csv.gz",
    "reproduction": HERE / "data" / "reproduction" / "spread.csv",
    "magpie": HERE / "data" / "elements" / "magpie.csv",
    "oliynyk": HERE / "data" / "elements" / "oliynyk.csv",
    "mat2vec": HERE / "data" / "elements" / "mat2vec.csv",
}


def shipped(name: str) -> Path:
    """Where a shipped file is. KeyError for a name that FILES has not."""
    return FILES[name]
