"""Query parameters and Accept headers."""

import pytest

from portway.adapters.apiserver.http.query import Form, Query, wanted
from tests.adapters.apiserver.support import refused

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def test_parameters() -> None:
    query = Query("limit=5&watch=true&labelSelector=a%3Db&empty=&dryRun=All")
    assert query.number("limit") == 5
    assert query.flag("watch")
    assert not query.flag("no")
    assert query.text("labelSelector") == "a=b"
    assert query.given("empty")
    assert query.dry_run()
    assert Query("").number("limit") == 0


@pytest.mark.parametrize("text", ["limit=x", "limit=-1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert refused(Query(text).number, "limit").code == 400


def test_a_partial_dry_run_is_refused() -> None:
    assert refused(Query("dryRun=Some").dry_run).code == 400


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form()),
        ("*/*", Form()),
        ("application/json", Form()),
        (
            f"{TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
            Form("Table", "v1"),
        ),
        ("application/json;as=Table;v=v9;g=meta.k8s.io,application/json", Form()),
        ("application/vnd.kubernetes.protobuf,application/json", Form()),
        ("application/vnd.kubernetes.protobuf, */*", Form()),
        (
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            Form("PartialObjectMetadataList", "v1"),
        ),
    ],
)
def test_forms(accept: str, form: Form) -> None:
    assert wanted(accept) == form


def test_what_cannot_be_given_is_refused() -> None:
    assert refused(wanted, "application/vnd.kubernetes.protobuf").code == 406
    assert refused(wanted, "text/html").code == 406
