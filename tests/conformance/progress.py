"""The suite's output: all of it into a file, what came out of each test to the terminal.

Knows how `go test -v` speaks. Must not know the suite.
"""

import re
from typing import Final

_TEST: Final = re.compile(r"^    --- (PASS|FAIL): TestConformance/(\S+) \(([\d.]+)s\)")
_SKIPPED: Final = re.compile(r"^    --- SKIP: TestConformance/(\S+) ")


class Progress:
    """Told every line, it gives those worth showing."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[str] = []
        self.skipped: list[str] = []
        self.status = 0
        """The suite's exit status, once it ended."""

    def take(self, line: str) -> str | None:
        """What to show for a line."""
        if (skipped := _SKIPPED.match(line)) is not None:
            self.skipped.append(skipped[1])
            return None
        found = _TEST.match(line)
        if found is None:
            return line.rstrip() if line.startswith(("panic:", "--- ", "FAIL", "ok")) else None
        outcome, name, seconds = found.groups()
        (self.passed if outcome == "PASS" else self.failed).append(name)
        return f"{outcome.lower()}  {name}  {seconds} s"
