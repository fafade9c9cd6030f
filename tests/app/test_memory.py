"""The container's limit counts where there is one."""

import os
from pathlib import Path

from portway.app import memory

WHOLE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_a_container_has_what_it_is_given_and_no_more_than_there_is(tmp_path: Path) -> None:
    file = tmp_path / "memory.max"
    file.write_text("67108864\n")
    assert memory.limit(file) == 67108864
    file.write_text(f"{WHOLE * 2}\n")
    assert memory.limit(file) == WHOLE


def test_without_a_limit_it_is_the_machine_s(tmp_path: Path) -> None:
    file = tmp_path / "memory.max"
    assert memory.limit(file) == WHOLE
    file.write_text("max\n")
    assert memory.limit(file) == WHOLE
