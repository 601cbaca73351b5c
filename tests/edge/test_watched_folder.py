"""The watched folder: complete files, each content once, across restarts, and nothing in it is ever touched."""

import os
from pathlib import Path

import pytest
from adatom.edge.watched_folder import MAX_BYTES, Found, WatchedFolder

GOOD = b"binding_energy_ev,counts\n530.0,10\n529.9,20\n"


def watched(tmp_path: Path) -> WatchedFolder:
    (tmp_path / "in").mkdir(exist_ok=True)
    return WatchedFolder(tmp_path / "in", tmp_path / "files_taken")


def put(tmp_path: Path, name: str, data: bytes = GOOD) -> Path:
    path = tmp_path / "in" / name
    path.write_bytes(data)
    return path


def drain(folder: WatchedFolder, looks: int = 6) -> list[Found]:
    """Everything that comes in some looks, each remembered."""
    found = []
    for _ in range(looks):
        one = folder.look()
        if one is not None:
            found.append(one)
            folder.remember(one)
    return found


def test_a_file_is_taken_at_the_second_look_and_once(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    put(tmp_path, "a.csv")
    assert folder.look() is None
    found = folder.look()
    assert found is not None
    assert (found.name, found.data, found.why) == ("a.csv", GOOD, "")
    assert found.measurements[0]["technique"] == "xps"
    folder.remember(found)
    assert drain(folder) == []


def test_a_file_that_grows_is_left_until_it_rests(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    for lines in range(1, 5):
        put(tmp_path, "a.csv", GOOD + b"529.8,5\n" * lines)
        assert folder.look() is None
    (found,) = drain(folder)
    assert len(found.measurements[0]["columns"]["counts"]) == 6


def test_a_file_that_is_rewritten_at_the_same_size_has_changed(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    path = put(tmp_path, "a.csv")
    folder.look()
    path.write_bytes(GOOD.replace(b"20", b"30"))
    os.utime(path, ns=(1, 1))
    assert folder.look() is None
    assert b"30" in drain(folder)[0].data


@pytest.mark.parametrize(
    "name", [".a.csv", "~a.csv", "#a.csv", "a.csv.part", "a.csv~", "a.tmp", "a.txt", "a.vms.filepart"]
)
def test_names_that_are_not_ours_are_left_alone(tmp_path: Path, name: str) -> None:
    folder = watched(tmp_path)
    put(tmp_path, name)
    assert drain(folder) == []


def test_folders_links_and_pipes_are_no_files(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    (tmp_path / "in" / "dir.csv").mkdir()
    os.mkfifo(tmp_path / "in" / "pipe.csv")
    (tmp_path / "secret.csv").write_bytes(GOOD)
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert drain(folder) == []


def test_the_same_content_counts_once_under_any_name(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    path = put(tmp_path, "a.csv")
    put(tmp_path, "copy.csv")
    assert len(drain(folder)) == 1
    path.rename(tmp_path / "in" / "renamed.csv")
    assert drain(folder) == []
    put(tmp_path, "copy.csv", GOOD + b"1,2\n")
    assert [found.name for found in drain(folder)] == ["copy.csv"]


def test_what_was_taken_is_known_after_a_restart_and_what_was_not_comes_again(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    put(tmp_path, "a.csv")
    drain(folder)
    put(tmp_path, "b.csv", GOOD + b"1,2\n")
    folder.look()
    assert folder.look() is not None  # given, but the agent was killed before it was durable
    assert [found.name for found in drain(watched(tmp_path))] == ["b.csv"]
    assert drain(watched(tmp_path)) == []


def test_a_line_of_the_memory_that_a_crash_cut_off_harms_no_other(tmp_path: Path) -> None:
    (tmp_path / "files_taken").write_text("0123abc")
    put_first = watched(tmp_path)
    put(tmp_path, "a.csv")
    assert len(drain(put_first)) == 1
    assert drain(watched(tmp_path)) == []


def test_a_bad_file_is_refused_once_and_left_in_place(tmp_path: Path) -> None:
    folder = watched(tmp_path)
    path = put(tmp_path, "a.vms", b"no VAMAS\n")
    (found,) = drain(folder)
    assert "line 1: the format identifier" in found.why
    assert found.measurements == []
    assert path.read_bytes() == b"no VAMAS\n"
    assert drain(watched(tmp_path)) == []
    put(tmp_path, "b.csv")
    assert [found.name for found in drain(folder)] == ["b.csv"]


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with open(tmp_path / "big", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    folder = watched(tmp_path)
    (tmp_path / "big").rename(tmp_path / "in" / "big.csv")
    (found,) = drain(folder)
    assert found.why == "1000001 bytes: at most 1000000 are taken"
    assert drain(folder) == []


def test_a_folder_that_comes_and_goes(tmp_path: Path) -> None:
    folder = WatchedFolder(tmp_path / "later", tmp_path / "files_taken")
    with pytest.raises(FileNotFoundError):
        folder.look()
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.csv").write_bytes(GOOD)
    assert len(drain(folder)) == 1
