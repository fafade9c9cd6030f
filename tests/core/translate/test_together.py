"""Which filters cannot stand together."""

from portway.core import model
from portway.core.translate.together import apart

AUTH = model.ExternalAuth(model.ClusterKey("Service", "shop", "guard", 80, "http"), False)
EDIT = model.RequestHeaders(model.HeaderEdit())


def test_a_redirected_request_is_not_rewritten() -> None:
    (found,) = apart([model.Redirect(), model.Rewrite()], "rules[0].filters")
    assert (found.condition, found.reason) == ("Accepted", "IncompatibleFilters")
    assert apart([model.Redirect(), EDIT], "f") == apart([model.Rewrite(), EDIT], "f") == []


def test_one_service_is_asked() -> None:
    assert apart([AUTH, EDIT], "f") == apart([EDIT], "f", [AUTH, EDIT]) == []
    (twice,) = apart([AUTH, AUTH], "rules[0].filters")
    assert (twice.reason, twice.fatal) == ("UnsupportedValue", True)
    (around,) = apart([AUTH], "rules[0].backendRefs[0].filters", [AUTH])
    assert "rule and its backend together" in around.message
