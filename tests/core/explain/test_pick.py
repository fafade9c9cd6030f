"""Whom a pool's endpoints are chosen by, and what is said where nobody can know.

tests/wire/test_pool_prompts.py holds what is said here against a real Envoy.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from portway.core import model
from portway.core.explain import Explanation, asked_of, explain, from_url, lines, with_picks
from portway.core.explain.request import Request
from portway.core.filters.prompt_key import key
from portway.core.pick import Told
from portway.core.pick.decision import Rated
from portway.core.render.ring import owner

BODY = b'{"model": "m", "prompt": "Be kind."}'
PLACES = tuple(model.Endpoint(f"10.0.0.{each}", 8000) for each in range(1, 6))
EPP = model.Picker(model.ClusterKey("Service", "apps", "epp", 9002, "picker"), fail_open=True)


def pool(site: Any, name: str = "llama") -> model.ClusterKey:
    key = model.ClusterKey("InferencePool", "apps", name, 0, "http")
    site.ready[key] = model.Endpoints(key, PLACES)
    return key


def asked(site: Any, request: Request, *shares: model.Share, **rule: Any) -> Explanation:
    match = model.Match(model.PathMatch("PathPrefix", "/"))
    made = model.Rule(0, (match,), model.Forward(shares), **rule)
    site.route("a", {site.listener("web", 80): ("*",)}, made)
    return explain(site, request)


def post(body: bytes | None = BODY, *headers: str) -> Request:
    return replace(from_url("POST", "http://h/v1/completions", headers), body=body)


def pick(found: Explanation, number: int = 0) -> Told | None:
    return found.traces[0].destinations[number].pick


def test_the_owner_of_the_prompt_is_named(site: Any) -> None:
    found = pick(asked(site, post(), model.Share(1, pool(site))))
    expected = owner(key(BODY) or b"", PLACES)
    assert found is not None
    assert expected is not None
    assert found.order == (f"{expected.address}:8000",)
    assert "over 25 % more requests under way than its share" in found.reason


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (post(None), "depends on the body, which was not given"),
        (post(b""), "there is no body"),
        (post(b'{"model": "m"}'), "there is no prompt in the body"),
        (
            post(BODY, "content-length: 9999999"),
            "has 9999999 bytes, and is looked at up to 1048576",
        ),
        (post(b"x" * 1048577), "has 1048577 bytes"),
        (post(BODY, "Transfer-Encoding: chunked"), "does not say how long its body is"),
    ],
)
def test_why_nobody_can_be_named(site: Any, request_: Request, words: str) -> None:
    found = pick(asked(site, request_, model.Share(1, pool(site))))
    assert found is not None
    assert found.order == ()
    assert found.reason.startswith("any endpoint that has no more than its share to do: ")
    assert words in found.reason


def test_beside_a_pool_with_a_picker_nothing_is_looked_at(site: Any) -> None:
    plain, asking = model.Share(1, pool(site)), model.Share(1, pool(site, "b"), picker=EPP)
    found = pick(asked(site, post(), plain, asking))
    assert found is not None
    assert "also sends to a pool with a picker" in found.reason


def test_a_filter_that_parts_the_shares_parts_what_is_looked_at(site: Any) -> None:
    """As in Envoy, where each share has a route of its own then."""
    rewrite = model.Rewrite(path=model.PathEdit("ReplaceFullPath", "/x"))
    plain = model.Share(1, pool(site), (rewrite,))
    found = pick(asked(site, post(), plain, model.Share(1, pool(site, "b"), picker=EPP)))
    assert found is not None
    assert found.order


def test_services_sessions_and_what_gets_nothing_have_none(site: Any) -> None:
    session = model.Session(header=True, name="s")
    shares = (
        model.Share(1, site.service("app", "10.0.0.1")),
        model.Share(0, pool(site)),
        model.Share(1, pool(site, "b"), session=session),
    )
    found = asked(site, post(), *shares)
    assert [each.pick for each in found.traces[0].destinations] == [None, None, None]


def test_the_body_is_not_repeated(site: Any) -> None:
    assert asked(site, post(), model.Share(1, pool(site))).request.body is None


def test_what_a_picker_says_is_put_in_its_place(site: Any) -> None:
    light = model.Picker(EPP.cluster, fail_open=False, light=True)
    shares = (
        model.Share(1, pool(site), picker=EPP),
        model.Share(1, pool(site, "b"), picker=light),
        model.Share(0, pool(site, "c"), picker=light),
    )
    found = asked(site, post(), *shares)
    assert dict(asked_of(found)) == {
        "InferencePool apps/llama": 0,
        "InferencePool apps/b": 32 * 1024,
    }
    rated = (
        Rated("10.0.0.1:8000", 1.0, {"least-work-scorer": 1.0}, 7, 12.0, 0.0, 1),
        Rated("10.0.0.2:8000", 0.25, {"least-work-scorer": 0.25}),
    )
    said = Told(
        "has 7 of 8", ("10.0.0.1:8000", "10.0.0.2:8000"), 0, rated, (("10.0.0.3:8000", "zone"),)
    )
    told = with_picks(found, {"InferencePool apps/llama": said})
    assert [pick(told, number) for number in range(3)] == [said, None, None]
    shown = list(lines(told))
    at = shown.index("    picks 10.0.0.1:8000: has 7 of 8")
    assert shown[at + 1 : at + 5] == [
        "      10.0.0.1:8000 scores 1.000 (least-work-scorer 1.000): 7 blocks cached, "
        "12 tokens to compute after 0 that wait, 1 requests",
        "      10.0.0.2:8000 scores 0.250 (least-work-scorer 0.250): 0 blocks cached, "
        "0 tokens to compute after 0 that wait, 0 requests",
        "      10.0.0.3:8000 is left out by zone",
        "      for another try: 10.0.0.2:8000",
    ]
    refused = with_picks(found, {"InferencePool apps/b": Told("full", status=429)})
    assert "    answers 429: full" in lines(refused)
