"""Plug-ins by name."""

import pytest

from portway.core.pick import catalog, filters, scorers


def test_every_one_can_be_made_without_parameters_and_names_are_apart() -> None:
    for make in (*catalog.FILTERS.values(), *catalog.SCORERS.values()):
        assert callable(make({}))
    tables = (catalog.FILTERS, catalog.SCORERS, catalog.PICKERS)
    assert len({name for table in tables for name in table}) == sum(map(len, tables))
    assert catalog.PARAMETERS.keys() <= {name for table in tables for name in table}


def test_parameters_count() -> None:
    found = catalog.FILTERS["prefix-cache-affinity-filter"](
        {"affinityThreshold": 0.5, "peakPrefillThroughput": 1000, "maxTTFTPenaltyMs": 500}
    )
    assert found == filters.PrefixAffinity(0.5, 500.0)
    assert catalog.SCORERS["least-work-scorer"]({"requestTokens": 1}) == scorers.LeastWork(1.0)
    labels = catalog.FILTERS["label-selector-filter"]({"matchLabels": {"a": "b"}})
    assert labels == filters.LabelSelector({"a": "b"})


@pytest.mark.parametrize("value", [-1, True, "many", None])
def test_a_parameter_that_cannot_be_is_named(value: object) -> None:
    with pytest.raises(catalog.BadParameter, match="queueDepthThreshold"):
        catalog.FILTERS["utilization-filter"]({"queueDepthThreshold": value})
