"""Objects in memory, and when they are told."""

import asyncio
from pathlib import Path

import pytest

from portway.adapters.apiserver.kinds.builtin import builtin_kinds
from portway.adapters.apiserver.kinds.kind import Kind
from portway.adapters.apiserver.problem import Refused
from portway.adapters.apiserver.store.journal import JournalError
from portway.adapters.apiserver.store.stored import Stored
from portway.adapters.apiserver.store.tables import RESTART_JUMP, Tables, owners
from portway.adapters.apiserver.store.watchlog import Change

KINDS = builtin_kinds()
CONF = next(kind for kind in KINDS if kind.plural == "configmaps")


def stored(tables: Tables, name: str, **meta: object) -> Stored:
    revision = tables.revision + 1
    metadata = {"name": name, "namespace": "n", "uid": name, "resourceVersion": str(revision)}
    return Stored(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, **meta}}, revision
    )


async def test_a_change_is_readable_at_once_and_told_when_it_is_durable(tmp_path: Path) -> None:
    told: list[int] = []

    def tell(_kind: Kind, change: Change) -> None:
        told.append(change.revision)

    tables = Tables(KINDS, path=tmp_path / "db", told=tell)
    tables.load()
    new = stored(tables, "a")
    revision = tables.commit(CONF, None, new)
    assert tables.tables[CONF.key].get("n", "a") is new
    assert told == []
    async with asyncio.timeout(10):
        await tables.durable(revision)
    assert told == [revision]
    tables.close()


async def test_after_a_restart_the_revision_jumps_and_old_ones_are_unknown(tmp_path: Path) -> None:
    tables = Tables(KINDS, path=tmp_path / "db")
    tables.load()
    async with asyncio.timeout(10):
        await tables.durable(tables.commit(CONF, None, stored(tables, "a")))
    before = tables.revision
    tables.close()
    again = Tables(KINDS, path=tmp_path / "db")
    assert again.load() == []
    assert again.revision == before + RESTART_JUMP
    assert again.tables[CONF.key].log.oldest == again.revision
    found = again.tables[CONF.key].get("n", "a")
    assert found is not None
    assert found.revision == before
    again.close()


async def test_rows_of_unknown_kinds_wait_for_their_kind(tmp_path: Path) -> None:
    tables = Tables(KINDS, path=tmp_path / "db")
    tables.load()
    async with asyncio.timeout(10):
        await tables.durable(tables.commit(CONF, None, stored(tables, "a")))
    tables.close()
    few = Tables([kind for kind in KINDS if kind is not CONF], path=tmp_path / "db")
    left = few.load()
    assert [row.name for row in left] == ["a"]
    few.add(CONF)
    assert few.restore(left) == []
    assert few.tables[CONF.key].get("n", "a") is not None
    few.close()


async def test_when_the_journal_fails_nothing_more_is_accepted(tmp_path: Path) -> None:
    tables = Tables(KINDS, path=tmp_path / "db")
    tables.load()
    assert tables._journal is not None
    tables._journal._database.execute("DROP TABLE object")
    revision = tables.commit(CONF, None, stored(tables, "a"))
    with pytest.raises(Refused) as found:
        async with asyncio.timeout(10):
            await tables.durable(revision)
    assert found.value.code == 500
    with pytest.raises(Refused):
        tables.commit(CONF, None, stored(tables, "b"))
    assert isinstance(tables.failure, JournalError)
    tables.close()


def test_dependents_are_found_by_their_owners_uid() -> None:
    tables = Tables(KINDS, path=None)
    reference = {"uid": "owner"}
    new = stored(tables, "a", ownerReferences=[reference])
    tables.commit(CONF, None, new)
    assert tables.dependents == {"owner": {(CONF.key, "n", "a")}}
    freed = stored(tables, "a")
    tables.commit(CONF, new, freed)
    assert tables.dependents == {}
    assert owners(new) == {"owner"}


def test_lists_are_in_order_and_empty_namespaces_go() -> None:
    tables = Tables(KINDS, path=None)
    table = tables.tables[CONF.key]
    for name in ("b", "c", "a"):
        tables.commit(CONF, None, stored(tables, name))
    assert [each.name for each in table.listed()] == ["a", "b", "c"]
    assert table.listed("other") == []
    for each in table.listed("n"):
        tables.commit(CONF, each, None, stored(tables, each.name))
    assert table.spaces == {}
