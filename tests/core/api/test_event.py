"""An event says where something is, and no object means that it is gone."""

from portway.core import api
from tests.core.api.decoding import decoded


def test_events_are_equal_by_content() -> None:
    first, second = (
        api.Event("ConfigMap", "shop", "x", decoded(api.ConfigMap, data={"a": "1"}))
        for _ in range(2)
    )
    assert first == second
    assert first != api.Event("ConfigMap", "shop", "x", None)


def test_an_event_is_made_in_the_order_of_a_key() -> None:
    event = api.Event("Secret", "shop", "tls", None)
    assert (event.kind, event.namespace, event.name) == ("Secret", "shop", "tls")
