"""The table of codes is complete and its page says all of it."""

import re
from pathlib import Path

from portway.core.analyze import CODES, markdown

SOURCE = Path(__file__).parents[3] / "src" / "portway"


def test_every_code_that_is_used_is_in_the_table_and_the_other_way_round() -> None:
    used: set[str] = set()
    for path in [*SOURCE.glob("core/analyze/*.py"), *SOURCE.glob("app/**/*.py")]:
        if path.name != "codes.py":
            used.update(re.findall(r'"(PW\d{3})"', path.read_text()))
    assert used == set(CODES)


def test_the_page_has_a_row_for_every_code_with_its_cure() -> None:
    rows = [line for line in markdown().splitlines() if line.startswith("| PW")]
    assert [row.split(" | ")[0] for row in rows] == [f"| {name}" for name in sorted(CODES)]
    assert all(row.count(" | ") == 4 for row in rows)
    assert all(code.meaning and code.cure for code in CODES.values())
