"""Problems are shown file by file, from top to bottom."""

import random

from portway.adapters.folder.problem import (
    FileProblem,
    MalformedError,
    SyntaxFaultError,
    by_place,
)


def test_the_order_is_that_of_reading() -> None:
    expected = [
        FileProblem("a.yaml", None, None, "the file as a whole", ""),
        FileProblem("a.yaml", 2, None, "a line", ""),
        FileProblem("a.yaml", 2, 5, "a place", ""),
        FileProblem("a.yaml", 10, 1, "further down", ""),
        FileProblem("b.yaml", 1, 1, "another file", ""),
    ]
    found = list(expected)
    random.Random(2).shuffle(found)
    assert sorted(found, key=by_place) == expected


def test_the_exceptions_carry_what_is_to_be_shown() -> None:
    problem = FileProblem("a.yaml", 2, 5, "words", "a cure")
    assert MalformedError(problem).problem is problem
    assert str(MalformedError(problem)) == "words"
    fault = SyntaxFaultError("words", "a cure", 2)
    assert (fault.message, fault.cure, fault.line, fault.column) == ("words", "a cure", 2, None)
