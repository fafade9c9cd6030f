"""The table of kinds."""

from typing import Any

import pytest

from portway.core import api


def test_every_kind_has_a_sample(samples: dict[str, Any]) -> None:
    assert set(samples) == set(api.KINDS)


@pytest.mark.parametrize("kind", api.KINDS)
def test_the_type_agrees_with_the_table(kind: str) -> None:
    info = api.KINDS[kind]
    assert info.type.kind == kind
    assert info.type.api_version == f"{info.group}/{info.versions[0]}".lstrip("/")
    assert api.group_kind(kind) == (info.group, kind)


def test_no_two_kinds_share_a_plural_or_short_name() -> None:
    names = [name for info in api.KINDS.values() for name in (info.plural, *info.short_names)]
    assert len(names) == len(set(names))
