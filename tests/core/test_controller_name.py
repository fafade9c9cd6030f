"""Our name among controllers, by the rule of the spec (GatewayController)."""

import re

from portway.core.controller_name import CONTROLLER


def test_it_is_a_domain_and_a_path() -> None:
    label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    rule = rf"{label}(\.{label})*/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
    assert re.fullmatch(rule, CONTROLLER)
    assert len(CONTROLLER) <= 253
