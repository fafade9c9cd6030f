"""EndpointPickerConfig files."""

from typing import Any

import pytest

from portway.core.pick import Ask, Profile, filters
from portway.core.pick.config import VERSIONS, BadConfig, read
from portway.core.pick.pickers import max_score, weighted_random
from portway.core.pick.queue import Waiting


def document(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": VERSIONS[0], "kind": "EndpointPickerConfig", **fields}


CLASSIC = document(
    plugins=[
        {"type": "queue-scorer"},
        {"type": "kv-cache-utilization-scorer"},
        {"name": "prefix", "type": "prefix-cache-scorer", "parameters": {"autoTune": True}},
        {"type": "max-score-picker", "parameters": {"maxNumOfEndpoints": 2}},
        {"type": "single-profile-handler"},
    ],
    schedulingProfiles=[
        {
            "name": "default",
            "plugins": [
                {"pluginRef": "queue-scorer", "weight": 2},
                {"pluginRef": "kv-cache-utilization-scorer", "weight": 2},
                {"pluginRef": "prefix", "weight": 3},
                {"pluginRef": "max-score-picker"},
            ],
        }
    ],
)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_classic_profile(version: str) -> None:
    profile = read({**CLASSIC, "apiVersion": version}).profile
    assert [(each.name, each.weight) for each in profile.scorers] == [
        ("queue-scorer", 2.0),
        ("kv-cache-utilization-scorer", 2.0),
        ("prefix", 3.0),
    ]
    assert (profile.picker, profile.most, profile.filters) == (max_score, 2, ())


def test_sticky_until_saturated() -> None:
    found = read(
        document(
            plugins=[
                {"type": "prefix-cache-affinity-filter"},
                {"type": "token-load-scorer"},
                {"type": "weighted-random-picker"},
            ]
        )
    ).profile
    assert found.filters[0][1] == filters.PrefixAffinity(0.8, 286_704.0)
    assert found.picker is weighted_random


def test_a_profile_that_says_nothing_is_the_default() -> None:
    assert read(document()).profile == Profile()
    assert not read(document()).flow.on


def test_flow_control() -> None:
    flow = read(
        document(
            featureGates=["flowControl"],
            flowControl={
                "maxRequests": 3,
                "defaultRequestTTL": "1500ms",
                "noEndpointRequestTTL": "2m",
                "defaultPriorityBand": {
                    "maxRequests": 2,
                    "maxBytes": "1Ki",
                    "fairnessPolicyRef": "round-robin-fairness-policy",
                },
                "defaultNegativePriorityBand": {"maxRequests": 0},
                "priorityBands": [{"priority": 5, "maxRequests": 1}],
            },
        )
    ).flow
    assert (flow.on, flow.patience, flow.hold) == (True, 1.5, 120.0)
    queue = flow.queue()
    assert queue.put(Waiting(Ask(), 2_000)) is not None
    assert queue.put(Waiting(Ask(priority=-1))) is not None
    puts = [queue.put(Waiting(Ask(priority=each))) is None for each in (5, 5, 0, 0, 0)]
    assert puts == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"apiVersion": "v1"}, "it is no EndpointPickerConfig"),
        ({"kind": "Other"}, "it is no EndpointPickerConfig"),
        ({"plugins": [{"type": "magic-scorer"}]}, "there is no magic-scorer; there are active-"),
        ({"plugins": [{"type": "queue-scorer"}] * 2}, "two of them have the same name"),
        ({"plugins": [{"type": "queue-scorer", "parameters": {"x": 1}}]}, "queue-scorer has no x"),
        ({"schedulingProfiles": [{"name": "p", "plugins": [{"pluginRef": "q"}]}]}, "uses q"),
        ({"schedulingProfiles": [{"name": "p"}, {"name": "q"}]}, "one profile is all"),
        ({"featureGates": ["moonlight"]}, "there is no moonlight"),
        ({"nonsense": 1}, "nonsense"),
        ({"flowControl": {"defaultRequestTTL": "soon"}}, "no duration such as 30s"),
        ({"flowControl": {"maxBytes": "1X"}}, "no number of bytes"),
        (
            {"flowControl": {"defaultPriorityBand": {"fairnessPolicyRef": "x"}}},
            "fairnessPolicyRef is",
        ),
        (
            {"flowControl": {"defaultPriorityBand": {"orderingPolicyRef": "edf"}}},
            "orderingPolicyRef is",
        ),
        (
            {"plugins": [{"type": "max-score-picker", "parameters": {"maxNumOfEndpoints": 0}}]},
            "maxNumOfEndpoints is a number from 1 to 16",
        ),
        (
            {
                "plugins": [{"type": "queue-scorer"}],
                "schedulingProfiles": [
                    {"name": "p", "plugins": [{"pluginRef": "queue-scorer", "weight": -1}]}
                ],
            },
            "the weight of queue-scorer",
        ),
    ],
)
def test_mistakes_are_named(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        read({**document(), **fields})


@pytest.mark.parametrize("document_", [None, [], "text", 3])
def test_what_is_no_object_is_a_mistake_too(document_: object) -> None:
    with pytest.raises(BadConfig):
        read(document_)
