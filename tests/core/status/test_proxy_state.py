"""What the proxy has said about a port, as a value."""

import pytest

from portway.core.status.proxy_state import ProxyState


@pytest.mark.parametrize("acknowledged", [True, False])
def test_no_error_unless_one_is_given(acknowledged: bool) -> None:
    state = ProxyState(acknowledged)
    assert (state.acknowledged, state.error) == (acknowledged, "")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ProxyState(False, "bad regex"), True),
        (ProxyState(False, "bad cipher"), False),
        (ProxyState(True, "bad regex"), False),
        (ProxyState(False), False),
    ],
)
def test_states_are_compared_by_both_facts(other: ProxyState, same: bool) -> None:
    # The graph runs a status again when, and only when, its inputs differ.
    state = ProxyState(False, "bad regex")
    assert (state == other) is same
    assert (len({state, other}) == 1) is same


def test_a_state_cannot_be_changed() -> None:
    state = ProxyState(False)
    with pytest.raises(AttributeError):
        state.acknowledged = True  # type: ignore[misc]
