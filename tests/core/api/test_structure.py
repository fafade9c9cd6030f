"""The second walk over a document that did not fit: every fault, with its place and words."""

from typing import Annotated, Any

import msgspec
import pytest

from portway.core.api import structure
from portway.core.api.fields import Port, SectionName
from portway.core.api.meta import Value


class Inner(Value, frozen=True, kw_only=True):
    """A member with a bounded number."""

    port: Port


class Outer(Value, frozen=True, kw_only=True):
    """One member of every shape the resources use."""

    some_name: SectionName
    flag: bool = False
    inner: Inner | None = None
    items: Annotated[tuple[Inner, ...], msgspec.Meta(min_length=1, max_length=2)] = ()
    labels: dict[SectionName, SectionName] = msgspec.field(default_factory=dict)
    target: Port | SectionName | None = None
    secret: bytes = b""


def _faults(**fields: Any) -> list[tuple[str, str, str]]:
    found = structure.faults({"someName": "x", **fields}, Outer)
    return [(each.path, each.rule, each.message) for each in found]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"inner": None, "target": None}, []),
        ({"unheardOf": 1}, []),
        ({"someName": "A"},
         [("someName", "dns-1123-subdomain", '"A" is not a DNS-1123 subdomain')]),
        ({"someName": 7}, [("someName", "type", "is a number, not text")]),
        ({"someName": ""}, [("someName", "min-length", '"" is too short')]),
        ({"flag": 1}, [("flag", "type", "is a number, not true or false")]),
        ({"inner": []}, [("inner", "type", "is a list, not a map")]),
        ({"inner": {}}, [("inner.port", "required", "is missing")]),
        ({"inner": {"port": 0}}, [("inner.port", "minimum", "0 is too small")]),
        ({"inner": {"port": 65536}}, [("inner.port", "maximum", "65536 is too large")]),
        ({"inner": {"port": True}},
         [("inner.port", "type", "is true or false, not a whole number")]),
        ({"items": []}, [("items", "min-items", "has 0 entries")]),
        ({"items": {}}, [("items", "type", "is a map, not a list")]),
        ({"items": [{"port": 1}, {"port": 2}, None]},
         [("items", "max-items", "has 3 entries"), ("items[2]", "type", "is null, not a map")]),
        ({"labels": {"a": "B"}},
         [("labels[a]", "dns-1123-subdomain", '"B" is not a DNS-1123 subdomain')]),
        ({"labels": {80: "b"}}, [("labels", "type", "has the key 80, not text")]),
        ({"target": "Web"},
         [("target", "dns-1123-subdomain", '"Web" is not a DNS-1123 subdomain')]),
        ({"target": 0}, [("target", "minimum", "0 is too small")]),
        ({"secret": "hunter2!"}, [("secret", "base64", "is not base64 text")]),
        ({"secret": "\ud800"}, [("secret", "base64", "is not base64 text")]),
        ({"someName": "\ud800"},
         [("someName", "unicode", r'"\ud800" has half a surrogate pair')]),
        ({"labels": {"a\n": "b"}},
         [(r"labels[a\n]", "dns-1123-subdomain", r'"a\n" is not a DNS-1123 subdomain')]),
    ],
)  # fmt: skip
def test_faults(fields: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert _faults(**fields) == expected


def test_a_long_value_is_cut_in_the_message() -> None:
    ((_, rule, message),) = _faults(someName="a" * 300)
    assert rule == "max-length"
    assert len(message) < 100


def test_a_value_that_must_be_text_is_told_to_be_quoted() -> None:
    (fault,) = structure.faults({"someName": 80}, Outer)
    assert fault.cure == "put quotes around it"


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        ("*.<CLUSTER_DOMAIN>", "put your own value in the place of <CLUSTER_DOMAIN>"),
        ("${DOMAIN}", "put your own value in the place of ${DOMAIN}"),
        ("{{ domain }}", "put your own value in the place of {{ domain }}"),
    ],
)
def test_a_guides_placeholder_is_recognised(value: str, cure: str) -> None:
    (fault,) = structure.faults({"someName": value}, Outer)
    assert fault.cure == cure


def test_other_signs_are_no_placeholder() -> None:
    (fault,) = structure.faults({"someName": "a<b"}, Outer)
    assert "place of" not in fault.cure
