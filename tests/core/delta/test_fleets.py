"""Proxies of several control planes, spoken of as one fleet."""

import msgspec

from portway.core.delta import LDS, SDS, Ack, Fleets, Report

WEB = (LDS, "shop/web/80")


def ack(version: str) -> Ack:
    return Ack(LDS, {"shop/web/80": version})


def serving(stream: int = 1, version: str = "1") -> Fleets:
    made = Fleets()
    made.opened(stream, "shop/web")
    made.acknowledged(stream, ack(version))
    made.complete(stream)
    return made


def test_alone_it_is_what_the_own_proxies_say() -> None:
    one = Fleets()
    assert one.opened(1, "") == {}
    assert one.acknowledged(1, ack("1")) == {WEB: "1"}
    assert one.acknowledged(1, ack("1")) == {}
    assert one.complete(1) == {}
    assert one.acknowledged(1, Ack(SDS, {"a": "2"})) == {(SDS, "a"): "2"}
    assert one.closed(1) == {WEB: None, (SDS, "a"): None}
    assert one.closed(1) == one.complete(1) == one.acknowledged(1, ack("1")) == {}
    assert one.report() == {}


def test_one_without_proxies_believes_the_others() -> None:
    one, other = Fleets(), serving()
    assert one.reported("other", other.report()) == {WEB: "1"}
    assert one.reported("other", other.report()) == {}
    other.acknowledged(1, ack("2"))
    assert one.reported("other", other.report()) == {WEB: "2"}
    assert one.reported("other", {}) == {WEB: None}


def test_a_change_counts_when_the_proxies_of_all_have_taken_it() -> None:
    one, other = serving(), serving()
    one.reported("other", other.report())
    assert one.acknowledged(1, ack("2")) == {}
    other.acknowledged(1, ack("2"))
    assert one.reported("other", other.report()) == {WEB: "2"}


def test_a_proxy_that_goes_over_to_another_takes_nothing_along() -> None:
    one, other = serving(), serving()
    one.reported("other", other.report())
    assert one.closed(1) == {}
    assert one.reported("other", {}) == {WEB: None}


def test_one_that_has_just_begun_elsewhere_takes_nothing_back() -> None:
    one, other = serving(), Fleets()
    other.opened(1, "shop/web")
    assert one.reported("other", other.report()) == {}
    other.acknowledged(1, ack("1"))
    assert one.reported("other", other.report()) == {}
    assert one.acknowledged(1, ack("2")) == {WEB: "2"}


def test_nobody_is_told_what_he_said_himself() -> None:
    one, other = Fleets(), serving()
    one.reported("other", other.report())
    assert one.report() == {}


def test_a_report_travels_as_json() -> None:
    report = serving().report()
    text = msgspec.json.encode(report)
    assert msgspec.json.decode(text, type=Report) == report


def test_they_agree_when_all_have_taken_it_wherever_they_are() -> None:
    one, other = Fleets(), serving()
    assert not one.agree("shop/web", {WEB: "1"})  # there are none
    one.reported("other", other.report())
    assert one.agree("shop/web", {WEB: "1"})
    assert one.agree("shop/web", {})
    assert not one.agree("shop/web", {WEB: "2"})
    assert not one.agree("shop/web", {WEB: "1", (SDS, "a"): "1"})
    one.opened(7, "shop/web")
    one.acknowledged(7, ack("2"))
    one.complete(7)
    assert not one.agree("shop/web", {WEB: "2"})
