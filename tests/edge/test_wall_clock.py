"""Nothing at the bench may hang on the wall clock: leases, timeouts and order come from the monotonic one."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# what names a date for a person and decides nothing, or knows that a simulated rig has died
ALLOWED = {"edge/identify_shell.py": {"datetime.now"}, "edge/rig_state.py": {"time.time"}}
WALL = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}  # fmt: skip


def reads_of_the_wall_clock(text: str) -> set[str]:
    """The calls and names in a module that read the wall clock."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            found |= {f"{owner}.{node.attr}"} & WALL
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {f"time.{name.name}" for name in node.names} & WALL
    return found


@pytest.mark.parametrize("room", ["edge", "protocol"])
def test_no_module_of_the_bench_reads_the_wall_clock(room: str) -> None:
    found = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        found[name] = reads_of_the_wall_clock(path.read_text(encoding="utf-8")) - ALLOWED.get(name, set())
    assert len(found) > 5
    assert {name: reads for name, reads in found.items() if reads} == {}


@pytest.mark.parametrize(
    "text", ["import time\nx = time.time", "from time import time", "import datetime\ndatetime.datetime.now()"]
)
def test_reads_are_found(text: str) -> None:
    assert reads_of_the_wall_clock(text)
