"""Which name wins: the listener for an SNI or a host, and the virtual host for a host.

Knows the spec's rule (exact, then the longest wildcard, then "any") and that a more specific name
keeps the request even when it has no rule for it (listener isolation). Knows no rules.
"""

from collections.abc import Iterable

from portway.core.explain.trace import Candidate


def covers(domain: str, host: str) -> bool:
    """`domain` is exact, `*.suffix` (any number of labels, at least one), `*` or empty for any."""
    if domain in ("", "*"):
        return True
    if domain.startswith("*."):
        return host.endswith(domain[1:]) and len(host) > len(domain) - 1
    return domain == host


def specificity(domain: str) -> tuple[int, int]:
    """Greater wins."""
    if domain in ("", "*"):
        return (0, 0)
    return (1 if domain.startswith("*.") else 2, len(domain))


def best(domains: Iterable[str], host: str) -> str | None:
    """The most specific domain that covers `host`."""
    return max((each for each in domains if covers(each, host)), key=specificity, default=None)


def candidates(named: Iterable[tuple[str, str]], host: str) -> tuple[Candidate, ...]:
    """(name, domain) pairs that cover `host`, the chosen one first, each with its reason."""
    fitting = [(name, domain) for name, domain in named if covers(domain, host)]
    ordered = sorted(fitting, key=lambda pair: specificity(pair[1]), reverse=True)
    return tuple(
        Candidate(name, place == 0, _reason(domain, host, place == 0))
        for place, (name, domain) in enumerate(ordered)
    )


def _reason(domain: str, host: str, chosen: bool) -> str:
    match specificity(domain)[0]:
        case 2:
            text = f"equals {host!r}"
        case 1:
            text = f"{domain} covers {host!r}"
        case _:
            text = "takes any host"
    return text if chosen else f"{text}, but is less specific"
