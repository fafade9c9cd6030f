"""What every object of a Gateway has."""

from portway.core import infra
from portway.core.infra import parts
from tests.core.infra.gateways import LABELS, UID, spec


def test_it_belongs_to_its_gateway_and_goes_with_it() -> None:
    own = parts.metadata(spec(), UID)
    (owner,) = own["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Gateway", "web", UID)
    assert owner["controller"]
    assert (own["namespace"], own["name"]) == ("shop", "web-portway")


def test_what_is_asked_for_never_takes_the_place_of_ours() -> None:
    asked = {"labels": {"team": "a", infra.GATEWAY_LABEL: "x"}, "annotations": {"note": "b"}}
    own = parts.metadata(spec(infrastructure=asked), UID)
    assert own["labels"] == {"team": "a", **LABELS}
    assert own["annotations"] == {"note": "b"}
    assert parts.selector(spec(infrastructure=asked)) == LABELS
