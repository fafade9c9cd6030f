"""Scopes: keys, who reads them, and what is left of them on the way to a backend."""

from portway.core import filters, model, render
from portway.core.render.scope import (
    FALLBACK,
    HEADER,
    key_mutation,
    scoped_filters,
    scoped_routes,
)
from tests.core.render.cases import HTTP_TABLE

HOST = model.HostKey(HTTP_TABLE, "a.com")


def test_a_scope_is_found_by_table_and_host() -> None:
    found = render.scope(HOST)
    assert found["name"] == render.names.scope(HOST)
    assert found["key"] == {"fragments": [{"string_key": "shop/web/80/a.com"}]}


def test_the_key_of_a_request_is_made_of_the_table_and_its_host() -> None:
    mutation = key_mutation(HTTP_TABLE)["append"]
    assert mutation["header"] == {"key": HEADER, "value": "shop/web/80/%REQ(:AUTHORITY)%"}
    # What a client wrote there must not count.
    assert mutation["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"


def test_the_key_ends_before_the_port() -> None:
    (fragment,) = scoped_routes(HTTP_TABLE)["scoped_routes"]["scope_key_builder"]["fragments"]
    extractor = fragment["header_value_extractor"]
    assert (extractor["name"], extractor["element_separator"], extractor["index"]) == (
        HEADER,
        ":",
        0,
    )


def test_all_tables_share_one_subscription() -> None:
    other = model.TableKey(HTTP_TABLE.gateway, 443, "tls")
    one, two = (scoped_routes(each)["scoped_routes"] for each in (HTTP_TABLE, other))
    assert one["scoped_rds"] == two["scoped_rds"]
    assert one["name"] != two["name"]


def test_no_backend_sees_the_key() -> None:
    assert render.scope_configuration()["request_headers_to_remove"] == [HEADER]


def test_what_the_fallback_needs_is_turned_off_by_scopes_with_one_entry() -> None:
    """For a request that has no route yet all filters are there, and on."""
    chain = filters.http_filters()
    fallback, group, *rest = scoped_filters(HTTP_TABLE, chain)
    assert rest == chain
    assert render.scope_configuration()["typed_per_filter_config"] == {
        FALLBACK: {
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
            "disabled": True,
        }
    }
    assert fallback["name"] == group["name"] == FALLBACK
    inside = group["typed_config"]["default_filter_chain"]["filters"]
    switched = [each["name"] for each in chain if each.get("disabled")]
    assert switched
    assert [each["name"] for each in inside] == switched
    assert not any("disabled" in each for each in inside)


def test_the_fallback_knows_its_table() -> None:
    config = scoped_filters(HTTP_TABLE, [])[0]["typed_config"]
    script = config["default_source_code"]["inline_string"]
    assert '"shop/web/80/*"' in script
    assert "TABLE" not in script
    assert "HEADER" not in script
