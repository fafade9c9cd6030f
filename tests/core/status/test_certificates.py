"""Certificates that the proxy refused: their users carry its words."""

import pytest

from portway.core import model
from portway.core.status.certificates import RefusedCertificate, with_refused

KEY = model.ObjectKey("Gateway", "infra", "edge")
ONE, TWO = (model.ObjectKey("Secret", "infra", name) for name in ("one", "two"))
ALLOWED = model.AllowedRoutes(())
EARLIER = model.Finding(KEY, "web", "Accepted", "Accepted", "was here before", True)


def listener(name: str, *certificates: model.ObjectKey, serving: bool = True) -> model.Listener:
    key = model.ListenerKey(KEY, KEY, name)
    return model.Listener(
        key, 443, "HTTPS", "", ALLOWED, serving=serving, certificates=certificates
    )


def gateway(*listeners: model.Listener) -> model.Gateway:
    return model.Gateway(KEY, 1, "portway", listeners, findings=(EARLIER,))


GONE = RefusedCertificate(" KEY_VALUES_MISMATCH\n", served=False)
OLD = RefusedCertificate("KEY_VALUES_MISMATCH", served=True)


@pytest.mark.parametrize("refused", [{}, {TWO: GONE}])
def test_without_a_refusal_of_its_own_a_gateway_is_as_it_was(
    refused: dict[model.ObjectKey, RefusedCertificate],
) -> None:
    before = gateway(listener("web", ONE), listener("plain"))
    assert with_refused(before, refused) == before


@pytest.mark.parametrize(
    ("refused", "serving", "end"),
    [
        (GONE, False, "was refused by the proxy: KEY_VALUES_MISMATCH."),
        (OLD, True, "KEY_VALUES_MISMATCH (the version before it is still served)."),
    ],
)
def test_a_listener_says_what_was_refused_and_serves_only_what_stands_in(
    refused: RefusedCertificate, serving: bool, end: str
) -> None:
    found = with_refused(gateway(listener("web", ONE)), {ONE: refused})
    assert [each.serving for each in found.listeners] == [serving]
    earlier, added = found.findings
    assert earlier == EARLIER
    assert (added.target, added.parent, added.status) == (KEY, "web", False)
    assert (added.condition, added.reason) == ("ResolvedRefs", "InvalidCertificateRef")
    assert added.message.startswith(
        "Gateway infra/edge, listener web: Secret infra/one was refused"
    )
    assert added.message.endswith(end)


def test_only_the_users_of_the_certificate_are_touched() -> None:
    both = gateway(listener("a", ONE), listener("b", TWO), listener("c", TWO, ONE))
    found = with_refused(both, {ONE: GONE})
    assert {each.name: each.serving for each in found.listeners} == {
        "a": False,
        "b": True,
        "c": False,
    }
    assert [each.parent for each in found.findings] == ["web", "a", "c"]


def test_one_certificate_without_a_stand_in_is_enough_not_to_serve() -> None:
    found = with_refused(gateway(listener("web", ONE, TWO)), {ONE: OLD, TWO: GONE})
    assert not found.listeners[0].serving
    _, about_one, about_two = found.findings
    assert f": {ONE} was refused" in about_one.message
    assert f": {TWO} was refused" in about_two.message


def test_a_stand_in_does_not_make_a_lost_listener_serve() -> None:
    found = with_refused(gateway(listener("web", ONE, serving=False)), {ONE: OLD})
    assert not found.listeners[0].serving
