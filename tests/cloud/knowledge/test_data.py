"""Every shipped file is there, named in the attribution, and nothing else lies beside them."""

from adatom.cloud.knowledge.data import FILES, HERE, shipped


def test_every_name_has_its_file_and_every_file_its_name() -> None:
    on_disk = set((HERE / "data").rglob("*.csv*"))
    named = {shipped(name) for name in FILES}
    assert on_disk == {path for path in named if HERE / "data" in path.parents}
    assert all(path.is_file() for path in named)


def test_every_folder_of_data_is_attributed() -> None:
    text = (HERE / "data" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    folders = {path.name for path in (HERE / "data").iterdir() if path.is_dir()} - {"__pycache__"}
    assert {name for name in folders if f"{name}/" not in text} == set()
    assert {"dft", "logic"} <= folders
