"""What is said of a listener is the same whoever has it, but for its name and generation."""

import pytest

from portway.core import model, status
from portway.core.status.listener import about, listener

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")
SET = model.ObjectKey("ListenerSet", "apps", "more")
SITUATION = status.Situation(
    model.Gateway(GATEWAY, 3, "portway", ()),
    model.Placement(("127.0.0.2",)),
    {model.PortKey(GATEWAY, 80): status.ProxyState(True)},
    "",
)


def made(owner: model.ObjectKey, serving: bool = True) -> model.Listener:
    key = model.ListenerKey(GATEWAY, owner, "web")
    kinds = model.AllowedRoutes((model.RouteKind("g", "HTTPRoute"),))
    return model.Listener(key, 80, "HTTP", "", kinds, serving=serving)


@pytest.mark.parametrize("owner", [GATEWAY, SET])
def test_every_condition_is_of_its_owner(owner: model.ObjectKey) -> None:
    document = listener(SITUATION, made(owner), (), 9, {made(owner).key: 4})
    assert (document["name"], document["attachedRoutes"]) == ("web", 4)
    assert document["supportedKinds"] == [{"group": "g", "kind": "HTTPRoute"}]
    types = ["Accepted", "Conflicted", "ResolvedRefs", "Programmed"]
    assert [each["type"] for each in document["conditions"]] == types
    for each in document["conditions"]:
        assert each["observedGeneration"] == 9
        assert each["message"].startswith(f"{owner}, listener web: ")


@pytest.mark.parametrize(("owner", "expected"), [(GATEWAY, "Invalid"), (SET, "HostnameConflict")])
def test_a_conflict_is_why_a_listener_of_a_set_is_not_programmed(
    owner: model.ObjectKey, expected: str
) -> None:
    findings = [
        model.Finding(owner, "web", "Conflicted", "HostnameConflict", "why", True),
        model.Finding(owner, "other", "Accepted", "Else", "not about this one"),
    ]
    one = made(owner, serving=False)
    document = listener(SITUATION, one, findings, 1, {})
    reasons = {each["type"]: each["reason"] for each in document["conditions"]}
    assert reasons["Programmed"] == expected
    assert reasons["Accepted"] == "Accepted"
    assert about(one, findings) == findings[:1]
