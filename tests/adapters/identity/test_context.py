"""The door: closed until something is shown, and one certificate after the other."""

import ssl
from datetime import UTC, datetime

from portway.adapters.identity import Door, Keyring

NOW = datetime.now(UTC)


def test_it_asks_for_certificates_from_the_beginning() -> None:
    context = Door().context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.get_ca_certs() == []


def test_what_is_trusted_is_added() -> None:
    door, one, two = Door(), Keyring.new(NOW), Keyring.new(NOW)
    for ring in (one, two):
        door.show(ring.for_control_plane("x", NOW), ring.bundle)
    assert len(door.context.get_ca_certs()) == 2
    door.show(two.for_control_plane("x", NOW), two.bundle)
    assert len(door.context.get_ca_certs()) == 2
