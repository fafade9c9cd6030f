"""Functions of lists."""

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    "rule",
    [
        "[1, 2, 2].isSorted() && !['b', 'a'].isSorted() && [].isSorted()",
        "[1, 2].sum() == 3 && [].sum() == 0 && [1.5, 1.0].sum() == 2.5",
        "[3, 1, 2].min() == 1 && ['a', 'b'].max() == 'b'",
        "sets.contains([1, 2, 3], [3, 1]) && !sets.contains([1], [2])",
        "sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], [])",
        "sets.equivalent([1, 1, 2], [2, 1]) && !sets.equivalent([1], [1, 2])",
    ],
)
def test_what_holds(rule: str) -> None:
    assert compiled(rule).run(None) is True


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("[].min() == 1", "an empty list"),
    ],
)
def test_what_is_no_such_value(rule: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        compiled(rule).run(None)
