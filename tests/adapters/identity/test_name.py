"""What proxies are called, and that nothing else passes for it."""

import pytest

from portway.adapters.identity import gateway_name, gateway_of


@pytest.mark.parametrize("owner", ["shop/web", "a/b", "kube-system/gw.example.com"])
def test_there_and_back(owner: str) -> None:
    assert gateway_of((gateway_name(owner),)) == owner


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("spiffe://portway.dev/gateway/shop/web", "spiffe://portway.dev/gateway/shop/other"),
        ("spiffe://portway.dev/gateway/shop/web/more",),
        ("spiffe://portway.dev/gateway/shop",),
        ("spiffe://portway.dev/gateway//web",),
        ("spiffe://portway.dev/gateway/shop/Web",),
        ("spiffe://portway.dev/gateway/shop/../web",),
        ("spiffe://portway.dev/gateway/shop/web\n",),
        ("spiffe://elsewhere/gateway/shop/web",),
        ("shop/web",),
    ],
)
def test_what_is_no_gateways_name(names: tuple[str, ...]) -> None:
    assert gateway_of(names) is None
