"""Functions of quantities."""

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    "rule",
    [
        "isQuantity('1.5Gi') && isQuantity('500m') && isQuantity('1e3') && !isQuantity('1Xi')",
        "quantity('1Mi') == quantity('1024Ki') && quantity('1000m') == quantity('1')",
        "quantity('2Gi').isGreaterThan(quantity('2G'))",
        "quantity('1k').isLessThan(quantity('1Ki'))",
        "quantity('1').compareTo(quantity('2')) == -1 && quantity('-1').sign() == -1",
        "quantity('1k').asInteger() == 1000 && quantity('1k').isInteger()",
        "!quantity('1m').isInteger()",
        "quantity('1.5').asApproximateFloat() == 1.5 && quantity('.5k').asInteger() == 500",
        "quantity('1k').add(1) == quantity('1001')",
        "quantity('1k').sub(quantity('1k')) == quantity('0')",
    ],
)
def test_what_holds(rule: str) -> None:
    assert compiled(rule).run(None) is True


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("quantity('x').sign() == 0", "'x' is no quantity"),
        ("quantity('1m').asInteger() == 0", "0.001 is no whole number"),
    ],
)
def test_what_is_no_such_value(rule: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        compiled(rule).run(None)
