"""Functions of regular expressions."""

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    "rule",
    [
        "'abc 123'.find('[0-9]+') == '123' && 'abc'.find('[0-9]') == ''",
        "'1 22 333'.findAll('[0-9]+') == ['1', '22', '333']",
        "'1 22 333'.findAll('[0-9]+', 2) == ['1', '22']",
    ],
)
def test_what_holds(rule: str) -> None:
    assert compiled(rule).run(None) is True


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("'a'.find('(') == ''", "missing"),
    ],
)
def test_what_is_no_such_value(rule: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        compiled(rule).run(None)
