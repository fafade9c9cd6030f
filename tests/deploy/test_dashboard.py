"""Every number that the dashboard shows is one that Portway counts, by a label that it has."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from portway.adapters.admin.metrics import Metrics
from tests.deploy import charts

DASHBOARD = charts.CHARTS / "portway" / "dashboards" / "portway.json"
# Put there by whoever collects, or part of the exposition format.
OF_OTHERS = {"job", "pod", "le"}


@pytest.fixture(scope="module")
def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text())


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """The labels of each series, from an exposition in which everything was counted once."""
    metrics = Metrics()
    metrics.turn(0.001, {"routes": 1}, {"HTTPRoute": 1})
    metrics.transform_failure("routes")
    metrics.push("type/Listener", 1, 10)
    metrics.ack("type/Listener")
    metrics.nack("type/Listener")
    metrics.objects({"HTTPRoute": 1})
    metrics.status_write()
    metrics.envoy_restart()
    found: dict[str, set[str]] = {}
    for line in metrics.exposition().decode().splitlines():
        if not line.startswith("#"):
            name, _, labels = line.partition(" ")[0].partition("{")
            found.setdefault(name, set()).update(re.findall(r"(\w+)=", labels))
    return found


def expressions(dashboard: Any) -> Iterator[tuple[str, str, str]]:
    """Titles, expressions and legends."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def test_every_metric_that_is_shown_exists(dashboard: Any, series: dict[str, set[str]]) -> None:
    for title, expression, legend in expressions(dashboard):
        named = set(re.findall(r"\b((?:portway|process)_\w+)", expression))
        assert named, title
        assert named <= series.keys(), title
        by = {each for found in re.findall(r"by \((.*?)\)", expression) for each in found.split()}
        shown = set(re.findall(r"{{(\w+)}}", legend))
        labels = set.union(*(series[each] for each in named)) | OF_OTHERS
        assert by | shown <= labels, title
        assert shown <= by, title


def test_every_metric_of_ours_is_shown(dashboard: Any, series: dict[str, set[str]]) -> None:
    text = " ".join(expression for _, expression, _ in expressions(dashboard))
    ours = {each for each in series if each.startswith("portway_")}
    counted = {re.sub("_(created|sum|count)$", "", each) for each in ours}
    left = {each for each in counted if each not in text}
    assert left == set()


def test_panels_do_not_cover_each_other(dashboard: Any) -> None:
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(places)
