"""Scopes: one subscription for all listeners, found by a key and not by a name.

case                                                                   test
the first answer holds every scope, or waits                           first_answer
a listener that changes over finds its scopes there                    changing_over
a scope stays until a listener that changes has changed                removal
a listener that is as it should be holds no removal up                 settled_listener
a proxy that has yet to ask for scopes is not done                     yet_to_ask
"""

from portway.core.delta import CDS, LDS, SRDS, Key, Removed, Resource
from tests.core.delta.playbook import (
    Answer,
    Playbook,
    Sent,
    ask,
    cluster,
    gone,
    listener,
    sent,
)


def scope(name: str, version: str = "1", *clusters: str) -> Resource:
    needs: tuple[Key, ...] = tuple((CDS, each) for each in clusters)
    return Resource(SRDS, name, version, b"", needs)


REST = (SRDS, "t/*")


def test_first_answer() -> None:
    ready, cold = scope("t/a"), scope("t/b", "1", "b")
    play = (
        Playbook(cluster("b"), ready, cold)
        >> ask(CDS) << sent(cluster("b"))
        >> ask(SRDS)
        >> Answer(CDS) << sent(ready, cold) >> Answer(SRDS)
        >> scope("t/a", "2") << sent(scope("t/a", "2"))
    )  # fmt: skip
    assert play


def test_changing_over() -> None:
    old, new = listener("web"), listener("web", "2", REST)
    play = (
        Playbook(old)
        >> ask(LDS) << sent(old) >> Answer(LDS)
        >> ask(SRDS) << Sent(empty=SRDS) >> Answer(SRDS)
        >> [new, scope("t/*"), scope("t/a")] << sent(scope("t/*"), scope("t/a"))
        >> Answer(SRDS) << sent(new)
    )  # fmt: skip
    assert play


def test_removal() -> None:
    old, new = listener("web", "1", REST), listener("web", "2")
    play = (
        Playbook(old, scope("t/*"), scope("t/a"))
        >> ask(LDS) << sent(old) >> Answer(LDS)
        >> ask(SRDS) << sent(scope("t/*"), scope("t/a")) >> Answer(SRDS)
        >> [new, Removed(SRDS, "t/*"), Removed(SRDS, "t/a")] << sent(new)
        >> Answer(LDS) << gone(SRDS, "t/*", "t/a")
    )  # fmt: skip
    assert play


def test_settled_listener() -> None:
    web = listener("web", "1", REST)
    play = (
        Playbook(web, scope("t/*"), scope("t/a"))
        >> ask(SRDS) << sent(scope("t/*"), scope("t/a")) >> Answer(SRDS)
        >> ask(LDS, initial={"web": "1"})
        >> Removed(SRDS, "t/a") << gone(SRDS, "t/a")
    )  # fmt: skip
    assert play


def test_yet_to_ask() -> None:
    web = listener("web", "1", REST)
    play = (
        Playbook(cluster("c"), web, scope("t/*"))
        >> ask(CDS) << sent(cluster("c")) >> Answer(CDS)
        >> ask(LDS) << sent(web) >> Answer(LDS)
    )  # fmt: skip
    assert play
    assert not play.stream.settled
    assert play >> ask(SRDS) << sent(scope("t/*")) >> Answer(SRDS)
    assert play.stream.settled
