"""Cells as kubectl shows them."""

from datetime import UTC, datetime, timedelta

import pytest

from portway.app.cli import columns

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172800, "2d")],
)
def test_age(seconds: int, text: str) -> None:
    created = (NOW - timedelta(seconds=seconds)).isoformat()
    assert columns.age({"metadata": {"creationTimestamp": created}}, NOW) == text


def test_a_route_without_hostnames_takes_any() -> None:
    (hostnames, *_) = columns.of("HTTPRoute", wide=False)
    assert hostnames.cell({"spec": {}}) == "*"


def test_wide_columns_are_only_shown_when_asked_for() -> None:
    assert len(columns.of("Gateway", wide=True)) == len(columns.of("Gateway", wide=False)) + 1


def test_a_kind_without_columns_of_its_own_has_none() -> None:
    assert columns.of("Secret", wide=True) == ()
