"""What a body adds to a request, in explain."""

from portway.core import model
from portway.core.explain import from_url, named
from portway.core.filters.model_name import HEADER
from portway.core.model import HeaderMatch, PathMatch

KEY = model.ObjectKey("HTTPRoute", "shop", "models")
RULE = model.Rule(0, (), model.Forward())


def match(path: str, *headers: HeaderMatch) -> model.Match:
    return model.Match(PathMatch("PathPrefix", path), headers=headers)


def routes(*matches: model.Match) -> list[model.HostRoute]:
    return [model.HostRoute(KEY, RULE, each) for each in matches]


ASKS = HeaderMatch(HEADER, "m")


def test_a_body_is_looked_at_only_where_a_rule_that_goes_by_it_comes_first() -> None:
    plain, asking = match("/v1/plain"), match("/v1", ASKS)
    for path, wanted in (("/v1/chat", True), ("/v1/plain", False), ("/other", False)):
        request = from_url("POST", f"http://a.com{path}", model="m")
        assert named.asked(routes(plain, asking), request, path) == wanted
    tenant = routes(match("/v1", HeaderMatch("x-tenant", "t"), ASKS))
    assert not named.asked(tenant, from_url("POST", "http://a.com/v1", model="m"), "/v1")


def test_what_the_body_says_counts_more_than_what_the_client_says() -> None:
    def header(body: str | None) -> tuple[str, ...]:
        request = from_url("POST", "http://a.com/", [f"{HEADER}: mine"], model=body)
        return named.told(request).header(HEADER)

    assert header("m") == ("m",)
    assert header("") == ()
    assert header(None) == ("mine",)


def test_a_body_of_another_kind_names_nothing() -> None:
    for kind, wanted in (
        ("application/json", ("m",)),
        ("Application/JSON; charset=utf-8", ("m",)),
        ("application/x-www-form-urlencoded", ("m",)),
        ("multipart/form-data; boundary=x", ()),
        ("application/grpc+proto", ()),
    ):
        request = from_url("POST", "http://a.com/", [f"Content-Type: {kind}"], model="m")
        assert named.told(request).header(HEADER) == wanted


def test_who_does_not_say_is_told_how_to() -> None:
    assert "--model" in named.note(from_url("POST", "http://a.com/"))
    assert named.note(from_url("POST", "http://a.com/", model="")) == ""
    assert named.note(from_url("GET", "http://a.com/", [f"{HEADER}: m"])) == ""
