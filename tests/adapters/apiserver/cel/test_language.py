"""Expressions: what they give, how they fail, what bounds them."""

import re
import subprocess
import sys
from typing import Any

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("self > 1", 2, True),
        ("has(self.a) ? self.a.b == 'c' : true", {}, True),
        ("self.all(e, self.exists_one(f, f.n == e.n))", [{"n": "a"}, {"n": "a"}], False),
        ("size(self) == 1", "\u00e9", True),
        ("self.missing == 1 || true", {}, True),
        ("self.?a.orValue(3) == 3", {}, True),
        ("cel.bind(n, self.size(), n * n)", [1, 2, 3], 9),
        ("self.split('.').map(x, x.upperAscii()).join('-')", "a.b", "A-B"),
        ("duration('1m') > duration('59s')", None, True),
        ("self.matches('^[a-z]+$')", "ab1", False),
        ("self == null", None, True),
    ],
)
def test_what_an_expression_gives(text: str, value: Any, wanted: Any) -> None:
    program = compiled(text)
    assert not program.of_change
    assert program.run(value) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("self.", "Syntax error"),
        ("nonsense(self)", "undeclared reference to 'nonsense'"),
        ("'a' + 1 == 2", "found no matching overload for '_+_'"),
        ("other == 1", "undeclared reference to 'other'"),
        ("", "Syntax error"),
    ],
)
def test_what_cannot_be_compiled_says_why(text: str, why: str) -> None:
    with pytest.raises(CelError, match=f"^{re.escape(why)}[^\n]*$"):
        compiled(text)


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("self.a.b == 1", {}, 'Key not found in map : "a"'),
        ("self < 5", "x", "No matching overloads found"),
        ("self + 1 > 0", 2**63 - 1, "integer overflow"),
        ("self.all(x, self.all(y, x == y || x != y))", list(range(200)), "Iteration budget"),
        ("ip(self).family() == 4", "1.2.3", "'1.2.3' does not appear to be"),
    ],
)
def test_what_fails_says_why(text: str, value: Any, why: str) -> None:
    with pytest.raises(CelError, match=f"^{re.escape(why)}"):
        compiled(text).run(value)


def test_what_was_before() -> None:
    program = compiled("self >= oldSelf")
    assert (program.of_change, program.optional) == (True, False)
    assert program.run(2, 1) is True
    assert program.run(1, 2) is False


def test_what_was_before_may_be_optional() -> None:
    program = compiled(
        "oldSelf.hasValue() ? self >= oldSelf.value() : self == 1", optional_old=True
    )
    assert program.optional
    assert program.run(1) is True
    assert program.run(2) is False
    assert program.run(3, 2, has_before=True) is True
    assert program.run(1, 2, has_before=True) is False


def test_nobody_pays_for_the_library_without_a_rule() -> None:
    """It takes 17 MB, and an instance without kinds of others never needs it."""
    code = (
        "import sys\n"
        "from portway.adapters.apiserver.store.objects import ObjectStore\n"
        "ObjectStore().start()\n"
        "assert not [each for each in sys.modules if each.startswith('cel_expr')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
