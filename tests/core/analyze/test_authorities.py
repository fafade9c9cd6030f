"""CA certificates: how long they are good for, if anybody relies on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from portway.core import api, model
from portway.core.analyze import analyze

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CA = model.ObjectKey("ConfigMap", "apps", "ca")
TRUST = model.TrustKey((CA,))
NAMES = (model.PeerName("Hostname", "a"),)


def config_map(days: int) -> api.ConfigMap:
    issued = trustme.CA().issue_cert("a.com", not_after=NOW + timedelta(days=days))
    text = issued.cert_chain_pems[0].bytes().decode()
    return api.ConfigMap(
        metadata=api.ObjectMeta(name="ca", namespace="apps"), data={"ca.crt": text}
    )


def codes(board: Any, days: int, now: datetime | None = NOW) -> list[tuple[str, str]]:
    found = analyze(board, [config_map(days)], now)
    return [(each.code, str(each.object)) for each in found if each.code in ("PW045", "PW046")]


def relied_on(board: Any, by: str) -> None:
    if by == "policy":
        key = model.ObjectKey("BackendTLSPolicy", "apps", "tls")
        tls = model.BackendTLS("a", NAMES, TRUST)
        board.policies = {model.TLSPolicy(key, 1, "", (), tls): ()}
    else:
        board.listener("one", validation=model.ClientValidation(TRUST))


@pytest.mark.parametrize("by", ["policy", "listener"])
@pytest.mark.parametrize(("days", "code"), [(-1, "PW045"), (5, "PW046"), (90, "")])
def test_its_end(board: Any, by: str, days: int, code: str) -> None:
    relied_on(board, by)
    assert codes(board, days) == ([(code, "ConfigMap apps/ca")] if code else [])


def test_it_is_told_once_and_not_without_a_date(board: Any) -> None:
    relied_on(board, "policy")
    relied_on(board, "listener")
    assert len(codes(board, -1)) == 1
    assert codes(board, -1, None) == []


def test_nobody_relies_on_it(board: Any) -> None:
    assert codes(board, -1) == []


def test_what_is_gone_or_cannot_be_read_is_another_matter(board: Any) -> None:
    relied_on(board, "policy")
    empty = api.ConfigMap(metadata=api.ObjectMeta(name="ca", namespace="apps"))
    for objects in ([], [empty]):
        assert not {"PW045", "PW046"} & {each.code for each in analyze(board, objects, NOW)}
