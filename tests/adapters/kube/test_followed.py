"""The lists of one kind come and go; what was told stays as long as one of them holds it."""

import asyncio

from portway.adapters.kube.client import Client
from portway.adapters.kube.discovery import Served
from portway.adapters.kube.extent import Part
from portway.adapters.kube.followed import Followed, Listing
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.protocol import Place
from tests.adapters.kube.cluster import Cluster
from tests.adapters.kube.test_reflector import ACCESS, QUICK, until

SECRETS = "/api/v1/namespaces/default/secrets"
ONE = Part(SECRETS, "metadata.name=one", "default", "one")
TWO = Part(SECRETS, "metadata.name=two", "default", "two")
WHOLE = Part(SECRETS, namespace="default")


async def test_lists_change_and_what_is_in_none_is_gone() -> None:
    cluster = Cluster()
    for name in ("one", "two", "three"):
        cluster.of(SECRETS).put(name)
    told: set[Place] = set()
    gone: list[Place] = []

    def take(_: Followed, changes: list[Change]) -> None:
        for each in changes:
            if each.object is None:
                gone.append(each.place)
                told.discard(each.place)
            else:
                told.add(each.place)

    def has(*names: str) -> bool:
        return told == {Place("default", name) for name in names}

    async with asyncio.TaskGroup() as group:

        def begin(listing: Listing) -> None:
            listing.task = group.create_task(listing.reflector.run())

        served = Served("Secret", "v1", "/api/v1/secrets")
        client = Client(ACCESS, QUICK, cluster)
        followed = Followed(client, served, told, take, lambda: None)
        assert followed.follow([ONE], begin) == []
        assert not followed.ready(Place("default", "one"))
        await until(lambda: has("one"))
        assert followed.follow([ONE, TWO], begin) == []
        await until(lambda: has("one", "two"))
        assert followed.ready(Place("default", "two"))
        # Coarser: nothing is taken back meanwhile.
        assert followed.follow([WHOLE], begin) == []
        assert has("one", "two")
        await until(lambda: has("one", "two", "three"))
        assert gone == []
        lost = followed.follow([TWO], begin)
        assert lost == [Change(Place("default", name), None) for name in ("one", "three")]
        followed.leave()
    asked = [each.get("fieldSelector", "") for each in cluster.of(SECRETS).asked]
    assert {each for each in asked if "metadata.name" in each} == {
        "metadata.name=one",
        "metadata.name=two",
    }
    assert any("type!=helm.sh/release.v1" in each for each in asked)
    assert any("type!=portway.dev/snapshot" in each for each in asked)
