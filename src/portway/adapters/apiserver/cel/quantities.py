"""Functions of quantities (the Kubernetes CEL library's `quantity`)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from portway.adapters.apiserver.cel.function import Function, member, plain, valid

Map = dict[str, Any]
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {name: 10 * (power + 1) for power, name in enumerate("KMGTPE")}


def _number(text: str) -> Decimal:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no quantity: a number and a suffix, as 500m or 2Gi")
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix.endswith("i"):
        return number * Decimal(2 ** _BINARY[suffix[0]])
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return number.scaleb(int(suffix[1:]))
    return number.scaleb(_DECIMAL[suffix]) if suffix else number


def _quantity(number: Decimal) -> Map:
    return {"quantity": f"{number.normalize():f}"}


def _amount(value: Map | int) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(value["quantity"])


def _whole(value: Map) -> int:
    number = _amount(value)
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValueError(f"{value['quantity']} is no whole number of 64 bits")
    return int(number)


def _compare(a: Map, b: Map) -> int:
    return int(_amount(a).compare(_amount(b)))


def functions() -> Iterator[Function]:
    """All of them."""
    yield plain("quantity", "text", "map", lambda text: _quantity(_number(text)))
    yield plain("isQuantity", "text", "bool", valid(_number))
    yield member("isGreaterThan", "map map", "bool", lambda a, b: _compare(a, b) > 0)
    yield member("isLessThan", "map map", "bool", lambda a, b: _compare(a, b) < 0)
    yield member("compareTo", "map map", "int", _compare)
    yield member("sign", "map", "int", lambda a: int(_amount(a).compare(Decimal(0))))
    yield member("asInteger", "map", "int", _whole)
    yield member("isInteger", "map", "bool", valid(_whole))
    yield member("asApproximateFloat", "map", "double", lambda a: float(_amount(a)))
    for kind in ("map", "int"):
        yield member("add", f"map {kind}", "map", lambda a, b: _quantity(_amount(a) + _amount(b)))
        yield member("sub", f"map {kind}", "map", lambda a, b: _quantity(_amount(a) - _amount(b)))
