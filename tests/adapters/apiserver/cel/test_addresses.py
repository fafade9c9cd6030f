"""Functions of IP addresses and networks."""

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    "rule",
    [
        "isIP('1.2.3.4') && isIP('::1') && !isIP('1.2.3') && !isIP('fe80::1%eth0')",
        "!isIP('::ffff:1.2.3.4') && !isIP('01.2.3.4')",
        "ip('::1').family() == 6 && ip('1.2.3.4').family() == 4 && ip('::1') == ip('0:0::1')",
        "ip.isCanonical('::1') && !ip.isCanonical('0:0::1')",
        "ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified()",
        "ip('224.0.0.1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast()",
        "ip('ff02::1').isLinkLocalMulticast() && ip('169.254.0.1').isLinkLocalUnicast()",
        "ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
        "isCIDR('10.0.0.0/8') && isCIDR('10.0.0.1/8') && !isCIDR('10.0.0.0')",
        "!isCIDR('1.2.3.4/99') && !isCIDR('1.2.3.4/') && !isCIDR('x/8')",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('::1'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
        "!cidr('10.0.0.0/8').containsCIDR(cidr('::/0'))",
        "cidr('10.0.0.1/8').ip() == ip('10.0.0.1') && cidr('10.0.0.1/8').prefixLength() == 8",
        "cidr('10.0.0.1/8').masked() == cidr('10.0.0.0/8')",
    ],
)
def test_what_holds(rule: str) -> None:
    assert compiled(rule).run(None) is True


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("ip('x').family() == 4", "'x' does not appear"),
        ("cidr('1.2.3.4').prefixLength() == 1", "'1.2.3.4' is no network"),
    ],
)
def test_what_is_no_such_value(rule: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        compiled(rule).run(None)
