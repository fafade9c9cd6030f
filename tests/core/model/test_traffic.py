"""A traffic policy by itself."""

from portway.core import model

KEY = model.ObjectKey("XBackendTrafficPolicy", "shop", "gently")


def test_two_that_say_the_same_are_one_to_the_graph() -> None:
    """What stands in a status alone makes them differ, so that it is told; nothing else does."""

    def policy(generation: int) -> model.TrafficPolicy:
        budget = model.RetryBudget(20, 10.0, 10.0)
        return model.TrafficPolicy(KEY, generation, "", (KEY,), budget, model.Session(False, ""))

    assert policy(1) == policy(1)
    assert hash(policy(1)) == hash(policy(1))
    assert policy(1) != policy(2)
