"""What can be wrong in a file, as values and as the exceptions that carry them.

Knows places in text. Must not know YAML, JSON or kinds: every reader here reports in these terms,
so that the command line, the log and the tests print one shape.
"""

import msgspec


class FileProblem(msgspec.Struct, frozen=True):
    """Something wrong in a file. `line` and `column` count from 1; None when there is no place."""

    path: str
    line: int | None
    column: int | None
    message: str
    cure: str


def by_place(problem: FileProblem) -> tuple[str, int, int, str]:
    """The order problems are shown in: by file, line and column."""
    return problem.path, problem.line or 0, problem.column or 0, problem.message


class MalformedError(ValueError):
    """The text of a file cannot be read. `problem` says where and why."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class SyntaxFaultError(ValueError):
    """The same, before the file's path is known. Lines and columns count from 1."""

    def __init__(
        self, message: str, cure: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.cure, self.line, self.column = message, cure, line, column
