"""The life of an authority: who signs, who is trusted, and that nobody is ever left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from portway.adapters.identity import Keyring, KeyringError
from portway.adapters.identity.keyring import AUTHORITY_LIFE, LEAF_LIFE

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_what_is_kept_comes_back() -> None:
    ring = Keyring.new(NOW)
    assert Keyring.of(ring.data).data == ring.data
    late = ring.turned(NOW + 0.7 * AUTHORITY_LIFE)
    assert late.heir is not None
    assert Keyring.of(late.data).data == late.data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tls.key": None}, "tls.key"),
        ({"ca.crt": b"nothing"}, "PEM"),
        ({"tls.crt": b"nothing"}, "PEM"),
        ({"next.crt": b"nothing"}, "next.key"),
    ],
)
def test_what_is_no_keyring(change: dict[str, bytes | None], words: str) -> None:
    data = {**Keyring.new(NOW).data, **change}
    with pytest.raises(KeyringError, match=words):
        Keyring.of({key: value for key, value in data.items() if value is not None})


def test_a_young_one_is_left_alone() -> None:
    ring = Keyring.new(NOW)
    assert ring.turned(NOW + 0.5 * AUTHORITY_LIFE) is ring


def test_an_heir_is_trusted_before_it_signs() -> None:
    ring = Keyring.new(NOW)
    aging = NOW + 0.7 * AUTHORITY_LIFE
    both = ring.turned(aging)
    assert both.heir is not None
    assert both.signer is ring.signer
    assert both.trusted == (ring.signer.certificate, both.heir.certificate)
    assert both.turned(aging + LEAF_LIFE - DAY) is both
    after = both.turned(aging + LEAF_LIFE)
    assert after.signer.certificate == both.heir.certificate
    # What the old one has signed is still good for as long as it lives.
    assert after.trusted == (both.heir.certificate, ring.signer.certificate)


def test_one_that_has_ended_is_forgotten_with_the_next_turn() -> None:
    ring = Keyring.new(NOW)
    aging = NOW + 0.7 * AUTHORITY_LIFE
    after = ring.turned(aging).turned(NOW + AUTHORITY_LIFE + DAY)
    assert len(after.trusted) == 1
    assert after.signer.certificate != ring.signer.certificate


def test_one_that_has_ended_without_an_heir_is_replaced() -> None:
    ring = Keyring.new(NOW)
    later = NOW + AUTHORITY_LIFE + DAY
    new = ring.turned(later)
    assert new.trusted == (new.signer.certificate,)
    assert new.signer.left(later) > 0.9
    assert ring.turned(NOW + 0.7 * AUTHORITY_LIFE).turned(later + AUTHORITY_LIFE).heir is None


def test_at_every_hand_over_some_authority_is_trusted_on_both_sides() -> None:
    """Every ten days for forty years: whoever looked within a certificate's life is understood."""
    ring, before = Keyring.new(NOW), Keyring.new(NOW)
    for step in range(1460):
        now = NOW + step * 10 * DAY
        ring = ring.turned(now)
        signer = ring.signer.certificate
        assert signer.not_valid_after_utc > now
        if step:
            assert signer in before.trusted
            assert before.signer.certificate in ring.trusted
        before = ring


def test_a_gateways_certificate_is_good_for_it_alone_and_for_a_while() -> None:
    ring = Keyring.new(NOW)
    held = ring.for_gateway("shop/web", NOW)
    assert ring.good(held, "shop/web", NOW)
    assert not ring.good(held, "shop/other", NOW)
    assert ring.good(held, "shop/web", NOW + 0.6 * LEAF_LIFE)
    assert not ring.good(held, "shop/web", NOW + 0.7 * LEAF_LIFE)
    assert not Keyring.new(NOW).good(held, "shop/web", NOW)
    server = ring.for_control_plane("portway-xds.portway.svc", NOW)
    assert not ring.good(server, "shop/web", NOW)


def test_the_control_plane_is_called_by_its_host() -> None:
    made = Keyring.new(NOW).for_control_plane("portway-xds.portway.svc", NOW)
    found = made.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert found.value.get_values_for_type(x509.DNSName) == ["portway-xds.portway.svc"]
