"""The orders agree with each other and with what Envoy's types refer to."""

import pytest

from portway.core.delta import CDS, EDS, LDS, PUSH_ORDER, RDS, SDS, SRDS, VHDS
from portway.core.delta.order import USERS_FIRST, may_use, rank

OTHER = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig"


def test_push_order() -> None:
    assert PUSH_ORDER == (CDS, EDS, SRDS, LDS, RDS, VHDS, SDS)
    assert sorted(PUSH_ORDER, key=rank) == list(PUSH_ORDER)
    assert rank(OTHER) > rank(SDS)


def test_both_orders_list_the_same_types() -> None:
    assert sorted(USERS_FIRST) == sorted(PUSH_ORDER)


REFERENCES = [
    *((LDS, used) for used in (SRDS, RDS, CDS, SDS, OTHER)),
    *((SRDS, used) for used in (RDS, CDS)),
    *((RDS, used) for used in (VHDS, CDS)),
    *((CDS, used) for used in (EDS, SDS)),
    (VHDS, CDS),
]


@pytest.mark.parametrize(("user", "used"), REFERENCES)
def test_a_removal_waits_for_its_users_and_never_the_other_way(user: str, used: str) -> None:
    assert may_use(user, used)
    assert not may_use(used, user)


def test_a_type_never_waits_for_itself() -> None:
    assert not any(may_use(type_url, type_url) for type_url in (*PUSH_ORDER, OTHER))
