"""The status of a GatewayClass."""

from portway.core import model, status

KEY = model.ObjectKey("GatewayClass", "", "portway")


def test_an_accepted_class_publishes_its_features() -> None:
    document = status.gateway_class(model.GatewayClass(KEY, 7))
    (accepted,) = document["conditions"]
    assert (accepted["type"], accepted["status"], accepted["reason"]) == (
        "Accepted",
        "True",
        "Accepted",
    )
    assert accepted["observedGeneration"] == 7
    assert [each["name"] for each in document["supportedFeatures"]] == list(
        status.SUPPORTED_FEATURES
    )


def test_a_class_with_unknown_parameters_is_not_accepted() -> None:
    finding = model.Finding(KEY, "", "Accepted", "InvalidParameters", "unknown")
    (accepted,) = status.gateway_class(model.GatewayClass(KEY, 7, (finding,)))["conditions"]
    assert (accepted["status"], accepted["reason"]) == ("False", "InvalidParameters")


def test_a_feature_is_claimed_only_where_the_kind_it_needs_is_served() -> None:
    every = status.gateway_class(model.GatewayClass(KEY, 7))["supportedFeatures"]
    fewer = status.gateway_class(model.GatewayClass(KEY, 7), ["ClusterTrustBundle"])
    left = fewer["supportedFeatures"]
    assert [each for each in every if each not in left] == [{"name": "ClusterTrustBundle"}]
