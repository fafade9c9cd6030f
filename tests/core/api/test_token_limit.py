"""The shape of a TokenLimit: what may be left out, and what makes no sense."""

from typing import Any

import pytest

from portway.core import api


def limits(*entries: dict[str, Any]) -> tuple[api.TokenLimitEntry, ...]:
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "TokenLimit"}
    spec = {"limits": list(entries)}
    found = api.decode({**document, "metadata": {"name": "a"}, "spec": spec})
    assert isinstance(found, api.TokenLimit)
    return found.spec.limits


def test_everything_counts_for_everybody_unless_it_is_said() -> None:
    (found,) = limits({"tokens": 5, "per": "Day"})
    assert (found.count, found.by) == ("Total", ())


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"tokens": 0, "per": "Day"}, "tokens"),
        ({"tokens": 10**15 + 1, "per": "Day"}, "tokens"),
        ({"tokens": 1}, "per"),
        ({"tokens": 1, "per": "Week"}, "per"),
        ({"tokens": 1, "per": "Day", "count": "Bytes"}, "count"),
        ({"tokens": 1, "per": "Day", "by": [{"header": "a b"}]}, "by"),
        ({"tokens": 1, "per": "Day", "by": [{"header": h} for h in "abcde"]}, "by"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(entry: dict[str, Any], field: str) -> None:
    with pytest.raises(api.InvalidResource, match=rf"spec\.limits\[0\]\.?{field}|{field}"):
        limits(entry)


@pytest.mark.parametrize("count", [0, 9])
def test_there_are_one_to_eight(count: int) -> None:
    with pytest.raises(api.InvalidResource, match=r"spec\.limits"):
        limits(*({"tokens": 1 + each, "per": "Day"} for each in range(count)))
