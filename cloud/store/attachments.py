"""Files that came to runs after these had ended, and whether the optimizer has heard of them."""

from collections.abc import Sequence
from typing import Any

from .jsontext import clean
from .records import Records

COLUMNS = "run_id, sha256, file, technique, names, attached_utc_s, told"


class Attachments(Records):
    """What instruments gave that are no bench's."""

    def put_attachment(
        self, run_id: str, data: bytes, file: str, technique: str, names: Sequence[str], utc_s: float
    ) -> bool:
        """Keep a file with a run, and note it in the audit chain; False when the run has this very file already."""
        with self.transaction():
            sha256 = self.put_blob(data)
            if any(row["sha256"] == sha256 for row in self.attachments(run_id)):
                return False
            self.rows(
                f"INSERT INTO attachment ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, false)",  # noqa: S608 - a constant
                [run_id, sha256, clean(file), technique, list(names), utc_s],
            )
            self.append_audit("attached", utc_s, {"run": run_id, "sha256": sha256, "technique": technique})
        return True

    def attachments(self, run_id: str) -> list[dict[str, Any]]:
        """The files of a run in the order in which they came: run_id, sha256, file, technique, names, attached_utc_s.

        `told` says whether the optimizer has heard of it.
        """
        return self.dicts(
            f"SELECT {COLUMNS} FROM attachment WHERE run_id = ? ORDER BY attached_utc_s, rowid",  # noqa: S608
            [run_id],
        )

    def is_attached(self, sha256: str) -> bool:
        """Whether any run has a file of this content."""
        return self.row("SELECT 1 FROM attachment WHERE sha256 = ?", [sha256]) is not None

    def untold(self, campaign: str) -> list[tuple[int, str, list[str]]]:
        """(trial, run, names of quantities) of each run with files that the optimizer has not heard of."""
        found = self.rows(
            """SELECT trial, run_id, list_sort(list_distinct(flatten(list(names)))) FROM attachment JOIN run
            USING (run_id) WHERE campaign = ? AND NOT told GROUP BY trial, run_id ORDER BY trial, run_id""",
            [campaign],
        )
        return [(int(trial), run_id, list(names)) for trial, run_id, names in found]

    def note_told(self, run_ids: Sequence[str]) -> None:
        """The optimizer has heard of all files of these runs."""
        self.rows("UPDATE attachment SET told = true WHERE list_contains(?, run_id)", [list(run_ids)])
