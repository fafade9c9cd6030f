"""How a command ends when it cannot do what was asked: one sentence and an exit code.

0 ok    1 findings, or not found    2 wrong usage    3 no running instance
"""

import click

FINDINGS = 1
USAGE = 2
NOT_RUNNING = 3


class Failure(click.ClickException):
    """Ends the command with a sentence on standard error. No traceback."""

    def __init__(self, message: str, code: int = FINDINGS) -> None:
        super().__init__(message)
        self._code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # click reads it from the instance
        return self._code
