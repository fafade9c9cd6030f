"""Rules on GatewayClass.

Knows the one rule that compares an object with what it was. Must not know who updates.
"""

from typing import NamedTuple

from portway.core.api.gateway_class import GatewayClass
from portway.core.api.validate.rule import Report, Violation, Violations, rule


class Update(NamedTuple):
    """A GatewayClass before and after a change."""

    old: GatewayClass
    new: GatewayClass


@rule("controller-name-immutable", "create another GatewayClass instead")
def controller_name_immutable(update: Update) -> Violations:
    """Gateways of a class must not change hands silently."""
    if update.old.spec.controller_name != update.new.spec.controller_name:
        return (Violation(".controllerName", f"was {update.old.spec.controller_name}"),)
    return ()


UPDATE_RULES = (controller_name_immutable,)
RULES = UPDATE_RULES


def check_gateway_class_update(old: GatewayClass, new: GatewayClass, report: Report) -> None:
    """Every rule for a change of a GatewayClass."""
    report.apply(UPDATE_RULES, Update(old, new), "spec")
