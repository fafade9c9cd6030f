"""The table of features is sorted, without repetition, and without anything of a mesh."""

from portway.core.status.features import SUPPORTED_FEATURES


def test_the_table() -> None:
    assert list(SUPPORTED_FEATURES) == sorted(set(SUPPORTED_FEATURES))
    assert not [name for name in SUPPORTED_FEATURES if name.startswith("Mesh")]


def test_core_features_are_there_and_what_is_not_served_is_not() -> None:
    served = {"Gateway", "HTTPRoute", "GRPCRoute", "ListenerSet", "ReferenceGrant"}
    assert served <= set(SUPPORTED_FEATURES)
