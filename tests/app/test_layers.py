"""Which object counts when several sources have one of its name."""

from hypothesis import given
from hypothesis import strategies as st

from portway.app.layers import Key, Layers
from portway.core import api

KEY = ("ConfigMap", "default", "a")
FILES = -1


def config_map(value: str) -> api.Resource:
    return api.decode(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": value}}
    )


class World:
    """Layers, and files that know what they have."""

    def __init__(self) -> None:
        self.in_files: set[Key] = set()
        self.layers = Layers(lambda key: key in self.in_files)

    def told(self, layer: int, value: str | None) -> list[api.Resource | None]:
        event = api.Event(*KEY, None if value is None else config_map(value))
        if layer != FILES:
            return [each.object for each in self.layers.take(layer, [event])]
        self.file(value)
        return [each.object for each in self.layers.files([event])]

    def file(self, value: str | None) -> None:
        """The files know it, and nobody was told yet."""
        if value is None:
            self.in_files.discard(KEY)
        else:
            self.in_files.add(KEY)


def test_a_file_counts_and_the_api_again_when_it_goes() -> None:
    world = World()
    assert world.told(Layers.API, "api") == [config_map("api")]
    assert world.told(FILES, "file") == [config_map("file")]
    assert world.layers.contested == [KEY]
    assert world.told(Layers.API, "changed") == []
    assert world.told(FILES, None) == [config_map("changed")]
    assert world.layers.contested == [KEY, KEY]
    assert world.told(Layers.API, None) == [None]


def test_what_exists_by_itself_counts_last() -> None:
    world = World()
    assert world.told(Layers.ITSELF, "self") == [config_map("self")]
    assert world.told(Layers.API, "api") == [config_map("api")]
    assert world.layers.contested == []
    assert world.told(Layers.API, None) == [config_map("self")]


def test_what_is_not_there_cannot_count() -> None:
    assert World().told(FILES, None) == [None]


def test_the_files_may_know_more_than_was_told() -> None:
    """A large folder is read on a thread, and the API goes on meanwhile."""
    world = World()
    world.file("file")
    assert world.told(Layers.API, "api") == []
    assert world.told(FILES, "file") == [config_map("file")]
    assert world.layers.contested == [KEY]
    world.file(None)
    assert world.told(Layers.API, "changed") == [config_map("changed")]
    assert world.told(FILES, None) == [config_map("changed")]
    assert world.layers.contested == [KEY, KEY]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([FILES, Layers.API, Layers.ITSELF]), st.sampled_from(["a", "b", None])
    )
)


@given(STEPS)
def test_the_core_has_what_the_first_layer_has(steps: list[tuple[int, str | None]]) -> None:
    world = World()
    core: api.Resource | None = None
    wanted: dict[int, str | None] = dict.fromkeys([FILES, Layers.API, Layers.ITSELF])
    for layer, value in steps:
        wanted[layer] = value
        for each in world.told(layer, value):
            core = each
        first = next((each for each in wanted.values() if each is not None), None)
        assert core == (None if first is None else config_map(first))
    both = wanted[FILES] is not None and wanted[Layers.API] is not None
    assert len(world.layers.contested) % 2 == both
