"""Lists and their pages."""

from portway.adapters.apiserver.store.options import DeleteOptions, Page
from portway.adapters.apiserver.store.selector import label_test
from tests.adapters.apiserver.support import config_map, kind, options, refused, store


def test_pages_show_one_moment() -> None:
    objects = store()
    maps = kind(objects, "configmaps")
    for number in range(5):
        objects.create(maps, "default", config_map(f"c{number}"), options(maps))
    page = objects.reader.select(maps, "default", None, Page(limit=2))
    assert ([each.name for each in page.items], page.remaining) == (["c0", "c1"], 3)
    objects.delete(maps, "default", "c3", DeleteOptions())
    objects.create(maps, "default", config_map("c9"), options(maps))
    names, after = [], page.after
    while after:
        more = objects.reader.select(maps, "default", None, Page(limit=2, after=after))
        assert more.revision == page.revision
        names += [each.name for each in more.items]
        after = more.after
    assert names == ["c2", "c3", "c4"]


def test_old_pages_expire_and_wrong_tokens_are_refused() -> None:
    objects = store()
    maps = kind(objects, "configmaps")
    for number in range(2):
        objects.create(maps, "default", config_map(f"c{number}"), options(maps))
    first = objects.reader.select(maps, "", None, Page(limit=1))
    for _ in range(40):
        objects.reader.select(maps, "", None, Page(limit=1))
    gone = refused(objects.reader.select, maps, "", None, Page(limit=1, after=first.after))
    assert gone.code == 410
    for wrong in ("x", "a.b", "a.-1"):
        found = refused(objects.reader.select, maps, "", None, Page(limit=1, after=wrong))
        assert found.code in (400, 410)


def test_selected() -> None:
    objects = store()
    maps = kind(objects, "configmaps")
    for name in ("a", "b"):
        document = config_map(name)
        document["metadata"]["labels"] = {"is": name}
        objects.create(maps, "default", document, options(maps))
    found = objects.reader.select(maps, "", label_test("is=b"), Page())
    assert [each.name for each in found.items] == ["b"]
    assert found.revision == objects.tables.revision
