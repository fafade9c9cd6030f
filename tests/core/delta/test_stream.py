"""The protocol as conversations: `>>` is what the proxy says or what changes, `<<` the answer.

case                                                                   test
empty first request of CDS, LDS: everything                            wildcard
empty world: one empty answer, so that the proxy does not wait         empty_answer
"*" with names; unsubscribing from "*" keeps the names                 explicit_wildcard
names only; a name that does not exist is `removed` and comes later    names
the same name asked for again: sent again                              asked_again
unsubscribed: changes are not told any more                            unsubscribed
unsubscribed by name under a wildcard: told once more                  unsubscribed_under
ACK and NACK by nonce; a stale nonce is neither                        stale_nonce
refused version is not sent again until it changes                     refused
what was refused beside it is sent again when it changes               beside
going back to the version before a refused one is sent                 going_back
initial versions: equal ones not sent, vanished ones removed           initial_versions
one response outstanding per type; what changes meanwhile goes at once together    coalesce
clusters go at once, answered or not                                   not_awaited
push order over types in one change                                    push_order
a route waits for a new cluster and its endpoints; others do not       holds
a refused cluster holds nothing                                        refused_releases
a cluster leaves after the route that used it                          removal_waits
a removal does not wait for what will not change                       dangling_world
a replaced cluster gets its endpoints again                            warm_again
"""

from portway.core.delta import CDS, EDS, LDS, RDS, Ack, Nack, Removed, Resource
from tests.core.delta.playbook import (
    Answer,
    Playbook,
    Sent,
    ask,
    cluster,
    endpoints,
    gone,
    leave,
    listener,
    route,
    sent,
)


def test_wildcard() -> None:
    a, b = cluster("a"), cluster("b")
    assert (
        Playbook(a, b) >> ask(CDS) << sent(a, b) >> Answer(CDS)
        >> cluster("a", "2") << sent(cluster("a", "2")) >> Answer(CDS)
        >> Removed(CDS, "b") << gone(CDS, "b") >> Answer(CDS)
        >> cluster("a", "2")
    )  # fmt: skip


def test_empty_answer() -> None:
    assert Playbook() >> ask(CDS) << Sent(empty=CDS) >> Answer(CDS) >> ask(EDS)


def test_no_empty_answer_for_a_proxy_that_brought_its_state() -> None:
    assert Playbook(cluster("a")) >> ask(CDS, initial={"a": "1"})


def test_no_empty_answer_while_something_is_held_back() -> None:
    a, web = cluster("a"), listener("web", "1", (CDS, "a"))
    assert (
        Playbook(a, web) >> ask(CDS) << sent(a) >> ask(LDS)
        >> Answer(CDS) << sent(web)
    )  # fmt: skip


def test_explicit_wildcard() -> None:
    a, b = cluster("a"), cluster("b")
    assert (
        Playbook(a, b) >> ask(CDS, "*", "b") << sent(a, b) >> Answer(CDS)
        >> leave(CDS, "*")
        >> cluster("a", "2")
        >> cluster("b", "2") << sent(cluster("b", "2")) >> Answer(CDS)
        >> ask(CDS, "*") << sent(cluster("a", "2"))
    )  # fmt: skip


def test_names() -> None:
    assert (
        Playbook(endpoints("a"), endpoints("other"))
        >> ask(EDS, "a", "late") << Sent((endpoints("a"),), ((EDS, "late"),)) >> Answer(EDS)
        >> endpoints("late") << sent(endpoints("late")) >> Answer(EDS)
        >> Removed(EDS, "late") << gone(EDS, "late") >> Answer(EDS)
        >> endpoints("late") << sent(endpoints("late"))
    )  # fmt: skip


def test_asked_again() -> None:
    a = endpoints("a")
    assert (
        Playbook(a) >> ask(EDS, "a") << sent(a) >> Answer(EDS)
        >> ask(EDS, "a") << sent(a) >> Answer(EDS)
    )  # fmt: skip


def test_unsubscribed() -> None:
    a = endpoints("a")
    assert (
        Playbook(a) >> ask(EDS, "a") << sent(a) >> Answer(EDS)
        >> leave(EDS, "a") >> endpoints("a", "2")
        >> ask(EDS, "a") << sent(endpoints("a", "2"))
    )  # fmt: skip


def test_unsubscribed_while_on_its_way() -> None:
    a = endpoints("a")
    play = Playbook(a) >> ask(EDS, "a") << sent(a) >> leave(EDS, "a") >> Answer(EDS)
    assert play >> endpoints("a", "2")
    assert play.stream.acked(EDS, "a") is None


def test_unsubscribed_under() -> None:
    a = cluster("a")
    assert (
        Playbook(a) >> ask(CDS, "*", "a", "b") << Sent((a,), ((CDS, "b"),)) >> Answer(CDS)
        >> leave(CDS, "a") << sent(a) >> Answer(CDS)
        >> leave(CDS, "b") << gone(CDS, "b") >> Answer(CDS)
    )  # fmt: skip


def test_stale_nonce() -> None:
    a = listener("a")
    play = Playbook(a) >> ask(LDS) << sent(a) >> Answer(LDS, nonce="of another response")
    assert play >> listener("a", "2")
    assert play.stream.take_outcomes() == []
    assert not play.stream.quiet
    assert play >> Answer(LDS) << sent(listener("a", "2")) >> Answer(LDS)
    assert play.stream.take_outcomes() == [Ack(LDS, {"a": "1"}), Ack(LDS, {"a": "2"})]
    assert play.stream.quiet


def test_names_in_a_request_with_a_stale_nonce_count() -> None:
    a, b = endpoints("a"), endpoints("b")
    assert (
        Playbook(a, b) >> ask(EDS, "a") << sent(a)
        >> Answer(EDS, subscribe=("b",), nonce="stale")
        >> Answer(EDS) << sent(b)
    )  # fmt: skip


def test_refused() -> None:
    a, bad = cluster("a"), cluster("a", "bad")
    play = (
        Playbook(a) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> bad << sent(bad) >> Answer(CDS, "no such thing")
        >> cluster("b") << sent(cluster("b")) >> Answer(CDS)
    )  # fmt: skip
    assert play
    assert play.stream.acked(CDS, "a") == "1"
    assert Nack(CDS, {"a": "bad"}, (), "no such thing") in play.stream.take_outcomes()
    assert play >> cluster("a", "3") << sent(cluster("a", "3")) >> Answer(CDS)


def test_what_was_refused_beside_a_culprit_is_sent_again_when_that_changes() -> None:
    """A response is refused as a whole, and the blameless do not change by themselves."""
    a, b, bad = cluster("a"), cluster("b"), cluster("c", "bad")
    play = (
        Playbook(a, b, bad) >> ask(CDS) << sent(a, b, bad) >> Answer(CDS, "c is no good")
        >> cluster("other") << sent(cluster("other")) >> Answer(CDS)
        >> cluster("c", "2") << sent(a, b, cluster("c", "2")) >> Answer(CDS)
        >> cluster("c", "3") << sent(cluster("c", "3")) >> Answer(CDS)
    )  # fmt: skip
    assert play
    assert play.stream.acked(CDS, "a") == "1"


def test_what_was_refused_beside_a_culprit_is_sent_again_when_that_goes() -> None:
    a, bad = cluster("a"), cluster("c", "bad")
    play = (
        Playbook(a, bad) >> ask(CDS) << sent(a, bad) >> Answer(CDS, "c is no good")
        >> Removed(CDS, "c") << Sent((a,), ((CDS, "c"),)) >> Answer(CDS)
    )  # fmt: skip
    assert play
    assert play.stream.acked(CDS, "a") == "1"


def test_going_back() -> None:
    a, bad = cluster("a"), cluster("a", "bad")
    assert (
        Playbook(a) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> bad << sent(bad) >> Answer(CDS, "no")
        >> a << sent(a) >> Answer(CDS) >> a
    )  # fmt: skip


def test_asking_again_for_a_refused_version_sends_it() -> None:
    a = endpoints("a")
    assert (
        Playbook(a) >> ask(EDS, "a") << sent(a) >> Answer(EDS, "no")
        >> ask(EDS, "a") << sent(a)
    )  # fmt: skip


def test_initial_versions() -> None:
    same, new = cluster("same"), cluster("new", "2")
    assert (
        Playbook(same, new)
        >> ask(CDS, initial={"same": "1", "new": "1", "vanished": "1"})
        << sent(new) >> Answer(CDS) << gone(CDS, "vanished") >> Answer(CDS)
        >> cluster("same", "2") << sent(cluster("same", "2"))
    )  # fmt: skip


def test_initial_versions_with_names() -> None:
    assert (
        Playbook(endpoints("a"))
        >> ask(EDS, "a", "b", "c", initial={"a": "1", "b": "1", "not asked for": "1"})
        << gone(EDS, "c") >> Answer(EDS) << gone(EDS, "b")
    )  # fmt: skip


def test_vanished_clusters_leave_after_a_route_of_unknown_content_is_replaced() -> None:
    r = route("r", "2")
    play = (
        Playbook(r)
        >> ask(CDS, initial={"a": "1"}) << Sent(empty=CDS)
        >> ask(RDS, "r", initial={"r": "1"}) << sent(r)
        >> Answer(CDS)
    )  # fmt: skip
    assert play
    assert play.stream.waiting() == {(CDS, "a"): (RDS, "r")}
    assert play >> Answer(RDS) << gone(CDS, "a")


def test_coalesce() -> None:
    a = listener("a")
    assert (
        Playbook(a) >> ask(LDS) << sent(a)
        >> listener("a", "2") >> listener("b") >> listener("a", "3") >> listener("c")
        >> Removed(LDS, "c")
        >> Answer(LDS) << sent(listener("a", "3"), listener("b"))
    )  # fmt: skip


def test_not_awaited() -> None:
    """Envoy gives none as long as any cluster warms."""
    a, b = cluster("a"), cluster("b")
    play = (
        Playbook(a) >> ask(CDS) << sent(a) >> b << sent(b)
        >> cluster("a", "2") << sent(cluster("a", "2"))
        >> a << sent(a)
        >> Answer(CDS, nonce="1")
        >> Removed(CDS, "b") << gone(CDS, "b")
        >> Answer(CDS, nonce="2") >> Answer(CDS, nonce="3")
    )  # fmt: skip
    assert play
    assert play.stream.acked(CDS, "b") == "1"
    assert not play.stream.quiet
    assert play >> Answer(CDS, nonce="4") >> Answer(CDS, nonce="5")
    assert play.stream.quiet
    assert (play.stream.acked(CDS, "a"), play.stream.acked(CDS, "b")) == ("1", None)


def test_a_refusal_of_one_of_several_is_about_its_own() -> None:
    a, b = cluster("a"), cluster("b")
    play = Playbook(a) >> ask(CDS) << sent(a) >> b << sent(b)
    assert play >> Answer(CDS, error="no", nonce="1") >> Answer(CDS, nonce="2")
    assert play.stream.take_outcomes() == [Nack(CDS, {"a": "1"}, (), "no"), Ack(CDS, {"b": "1"})]
    assert play >> b
    assert play >> cluster("a", "2") << sent(cluster("a", "2"))


def test_endpoints_speak_for_their_cluster_while_it_is_not_acknowledged() -> None:
    """The proxy asks for them only when it has taken the cluster."""
    a, ea, r = cluster("a", "1", (EDS, "a")), endpoints("a"), route("r", "1", "a")
    play = Playbook(a, ea, r) >> ask(CDS) << sent(a) >> ask(RDS, "r")
    assert play >> ask(EDS, "a") << sent(ea) >> Answer(EDS) << sent(r)


def test_a_cluster_without_endpoints_to_ask_for_speaks_for_itself() -> None:
    a, r = cluster("a"), route("r", "1", "a")
    play = Playbook(a, r) >> ask(CDS) << sent(a) >> ask(RDS, "r")
    assert play >> Answer(CDS) << sent(r)


def test_a_refused_cluster_has_no_endpoints_to_wait_for() -> None:
    a, ea, r = cluster("a", "1", (EDS, "a")), endpoints("a"), route("r", "1", "a")
    play = Playbook(a, ea, r) >> ask(CDS) << sent(a) >> ask(RDS, "r")
    assert play >> Answer(CDS, error="no") << sent(r)


def test_endpoints_that_went_do_not_keep_a_route_waiting() -> None:
    a, ea, r = cluster("a", "1", (EDS, "a")), endpoints("a"), route("r", "1", "a")
    play = Playbook(a, ea, r) >> ask(CDS) << sent(a) >> ask(RDS, "r")
    assert play >> Removed(EDS, "a") >> Answer(CDS) << sent(r)


def test_push_order() -> None:
    a, b = cluster("a"), cluster("b")
    web, r = listener("web"), route("r", "1", "a")
    play = (
        Playbook(a, web, r) >> ask(RDS, "r") << sent(r) >> Answer(RDS)
        >> ask(LDS) << sent(web) >> Answer(LDS)
        >> ask(EDS, "a") << gone(EDS, "a") >> Answer(EDS)
        >> ask(CDS) << sent(a) >> Answer(CDS)
    )  # fmt: skip
    # The cluster has no endpoints to wait for, and the other one is nobody's.
    changes: list[Resource | Removed] = [
        route("r", "2", "a"),
        listener("web", "2"),
        endpoints("a"),
        b,
    ]
    assert (
        play >> changes
        << sent(b) << sent(endpoints("a")) << sent(listener("web", "2"))
        << sent(route("r", "2", "a"))
    )  # fmt: skip


def test_holds() -> None:
    a, ea = cluster("a", "1", (EDS, "a")), endpoints("a")
    free, held = route("free", "1"), route("held", "1", "a")
    play = Playbook(a, ea, free, held) >> ask(CDS) << sent(a) >> ask(RDS, "free", "held")
    assert play << sent(free)
    assert play.stream.waiting() == {(RDS, "held"): (EDS, "a")}
    assert play >> Answer(RDS) >> Answer(CDS)
    assert play.stream.waiting() == {(RDS, "held"): (EDS, "a")}
    assert play >> ask(EDS, "a") << sent(ea) >> Answer(EDS) << sent(held)
    assert play.stream.waiting() == {}


def test_endpoints_that_keep_changing_hold_no_route() -> None:
    a, r = cluster("a", "1", (EDS, "a")), route("r", "2", "a")
    assert (
        Playbook(a, endpoints("a")) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(EDS, "a") << sent(endpoints("a")) >> Answer(EDS)
        >> ask(RDS, "r") << gone(RDS, "r") >> Answer(RDS)
        >> endpoints("a", "2") << sent(endpoints("a", "2"))
        >> r << sent(r)
    )  # fmt: skip


def test_a_cluster_that_does_not_exist_holds_nothing() -> None:
    r = route("r", "1", "nowhere")
    assert Playbook(r) >> ask(CDS) << Sent(empty=CDS) >> ask(RDS, "r") << sent(r)


def test_refused_releases() -> None:
    a, r = cluster("a", "1", (EDS, "a")), route("r", "1", "a")
    assert (
        Playbook(a, endpoints("a"), r) >> ask(CDS) << sent(a) >> ask(RDS, "r")
        >> Answer(CDS, "no") << sent(r)
    )  # fmt: skip


def test_removal_waits() -> None:
    a, b, old, new = cluster("a"), cluster("b"), route("r", "1", "a"), route("r", "2", "b")
    play = (
        Playbook(a, old) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(RDS, "r") << sent(old) >> Answer(RDS)
    )  # fmt: skip
    assert play >> [Removed(CDS, "a"), b, new] << sent(b) >> Answer(CDS) << sent(new)
    assert play.stream.waiting() == {(CDS, "a"): (RDS, "r")}
    assert play >> Answer(RDS) << gone(CDS, "a") >> Answer(CDS)
    assert play.stream.acked(CDS, "a") is None


def test_removal_waits_while_the_new_route_is_refused() -> None:
    a, old, bad = cluster("a"), route("r", "1", "a"), route("r", "bad")
    play = (
        Playbook(a, old) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(RDS, "r") << sent(old) >> Answer(RDS)
        >> [Removed(CDS, "a"), bad] << sent(bad) >> Answer(RDS, "no")
    )  # fmt: skip
    good = route("r", "3")
    assert play >> good << sent(good) >> Answer(RDS) << gone(CDS, "a")


def test_removal_waits_no_longer_for_a_route_the_proxy_left() -> None:
    a, old = cluster("a"), route("r", "1", "a")
    assert (
        Playbook(a, old) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(RDS, "r") << sent(old) >> Answer(RDS)
        >> [Removed(CDS, "a"), route("r", "2")] << sent(route("r", "2"))
        >> leave(RDS, "r") << gone(CDS, "a")
    )  # fmt: skip


def using_a(next_version: Resource) -> Playbook:
    """The proxy holds a route without references; one that uses the cluster is on its way."""
    return (
        Playbook(cluster("a"), route("r", "1")) >> ask(CDS) << sent(cluster("a")) >> Answer(CDS)
        >> ask(RDS, "r") << sent(route("r", "1")) >> Answer(RDS)
        >> next_version << sent(next_version)
    )  # fmt: skip


def test_removal_waits_for_a_route_on_its_way() -> None:
    assert (
        using_a(route("r", "2", "a"))
        >> [Removed(CDS, "a"), route("r", "3")]
        >> Answer(RDS) << sent(route("r", "3"))
        >> Answer(RDS) << gone(CDS, "a")
    )  # fmt: skip


def test_removal_waits_for_a_route_on_its_way_that_is_taken_back() -> None:
    assert (
        using_a(route("r", "2", "a"))
        >> [Removed(CDS, "a"), route("r", "1")]
        >> Answer(RDS) << sent(route("r", "1"))
        >> Answer(RDS) << gone(CDS, "a")
    )  # fmt: skip


def test_removal_waits_for_a_refused_route_that_may_have_been_taken() -> None:
    assert (
        using_a(route("r", "2", "a")) >> Answer(RDS, "something else was wrong")
        >> [Removed(CDS, "a"), route("r", "1")] << sent(route("r", "1"))
        >> Answer(RDS) << gone(CDS, "a")
    )  # fmt: skip


def test_a_cluster_that_comes_back_while_it_leaves_holds_the_route() -> None:
    a = cluster("a")
    assert (
        Playbook(a) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(RDS, "r") << gone(RDS, "r") >> Answer(RDS)
        >> Removed(CDS, "a") << gone(CDS, "a")
        >> [a, route("r", "1", "a")] << sent(a)
        >> Answer(CDS, nonce="3")
        >> Answer(CDS) << sent(route("r", "1", "a"))
    )  # fmt: skip


def test_dangling_world() -> None:
    a, r = cluster("a"), route("r", "1", "a")
    assert (
        Playbook(a, r) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(RDS, "r") << sent(r) >> Answer(RDS)
        >> Removed(CDS, "a") << gone(CDS, "a")
    )  # fmt: skip


def test_warm_again() -> None:
    a, changed = cluster("a", "1", (EDS, "a")), cluster("a", "2", (EDS, "a"))
    assert (
        Playbook(a, endpoints("a")) >> ask(CDS) << sent(a) >> Answer(CDS)
        >> ask(EDS, "a") << sent(endpoints("a")) >> Answer(EDS)
        >> changed << sent(changed) << sent(endpoints("a"))
    )  # fmt: skip


def test_warm_again_after_a_reconnect() -> None:
    a = cluster("a", "2", (EDS, "a"))
    assert (
        Playbook(a, endpoints("a"), endpoints("b"))
        >> ask(CDS, initial={"a": "1"}) << sent(a)
        >> ask(EDS, "a", "b", initial={"a": "1", "b": "1"}) << sent(endpoints("a"))
    )  # fmt: skip


def test_what_is_not_subscribed_to_holds_nothing() -> None:
    a, r = cluster("a"), route("r", "1", "a")
    assert Playbook(a, r) >> ask(RDS, "r") << sent(r)
    assert Playbook(a, r) >> ask(CDS, "b") << gone(CDS, "b") >> ask(RDS, "r") << sent(r)
