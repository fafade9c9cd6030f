"""Which object counts when several sources have one of its name."""

from hypothesis import given
from hypothesis import strategies as st

from portway.app.layers import Layers
from portway.core import api

KEY = ("ConfigMap", "default", "a")


def config_map(value: str) -> api.Resource:
    return api.decode(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": value}}
    )


def event(value: str | None) -> api.Event:
    return api.Event(*KEY, None if value is None else config_map(value))


def told(layers: Layers, layer: int, value: str | None) -> list[api.Resource | None]:
    return [each.object for each in layers.take(layer, [event(value)])]


def test_a_file_counts_and_the_api_again_when_it_goes() -> None:
    layers = Layers()
    assert told(layers, Layers.API, "api") == [config_map("api")]
    assert told(layers, Layers.FILES, "file") == [config_map("file")]
    assert layers.contested == [KEY]
    assert layers.in_file(KEY)
    assert told(layers, Layers.API, "changed") == []
    assert told(layers, Layers.FILES, None) == [config_map("changed")]
    assert not layers.in_file(KEY)
    assert layers.contested == [KEY, KEY]
    assert told(layers, Layers.API, None) == [None]


def test_what_exists_by_itself_counts_last() -> None:
    layers = Layers()
    assert told(layers, Layers.ITSELF, "self") == [config_map("self")]
    assert told(layers, Layers.API, "api") == [config_map("api")]
    assert layers.contested == []
    assert told(layers, Layers.API, None) == [config_map("self")]


def test_what_is_not_there_cannot_go() -> None:
    assert told(Layers(), Layers.FILES, None) == []


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from(["a", "b", None]))))
def test_the_core_has_what_the_first_layer_has(steps: list[tuple[int, str | None]]) -> None:
    layers = Layers()
    core: api.Resource | None = None
    wanted: list[str | None] = [None, None, None]
    for layer, value in steps:
        wanted[layer] = value
        for each in layers.take(layer, [event(value)]):
            core = each.object
        first = next((each for each in wanted if each is not None), None)
        assert core == (None if first is None else config_map(first))
