"""Rules on Secret and on the amount of data it shares with ConfigMap.

Knows keys and sizes. Must not know, nor show, what the values are.
"""

from collections.abc import Iterator

from portway.core.api.secret import TLS_SECRET_TYPE, Secret
from portway.core.api.validate.rule import Report, Violation, Violations, rule

DATA_LIMIT = 1024 * 1024


@rule("secret-tls-keys", "add both tls.crt and tls.key")
def tls_keys(secret: Secret) -> Iterator[Violation]:
    """The type promises the two keys; whether they hold PEM is a matter of status."""
    if secret.type == TLS_SECRET_TYPE:
        for key in ("tls.crt", "tls.key"):
            if key not in secret.data:
                yield Violation(f"data[{key}]", f"is missing for type {TLS_SECRET_TYPE}")


@rule("secret-size", "keep the values below 1048576 bytes in total")
def size(secret: Secret) -> Violations:
    """The API server's limit."""
    total = sum(map(len, secret.data.values()))
    return (Violation("data", f"is {total} bytes in total"),) if total > DATA_LIMIT else ()


SECRET_RULES = (tls_keys, size)
RULES = SECRET_RULES


def check_secret(secret: Secret, version: str, report: Report) -> None:
    """Every rule of a Secret."""
    report.apply(SECRET_RULES, secret, "")
