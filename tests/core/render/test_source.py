"""Sources of resources."""

from portway.core.render.source import ads


def test_each_is_a_fresh_one() -> None:
    first = ads()
    first["ads"]["changed"] = True
    assert ads() == {"ads": {}, "resource_api_version": "V3"}
