"""Which text is an IP address."""

import pytest

from portway.core.api.validate.address import ip_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("127.0.0.1", 4),
        ("::1", 6),
        ("::ffff:10.0.0.1", 6),
        ("FE80::1", 6),
        ("fe80::1%eth0", 0),
        ("[::1]", 0),
        ("127.0.0.01", 0),
        ("127.1", 0),
        ("10.0.0.1/8", 0),
        ("10.0.0.1 ", 0),
        ("example.com", 0),
        ("", 0),
    ],
)
def test_ip_version(text: str, version: int) -> None:
    assert ip_version(text) == version
