"""Rules on TokenLimit.

Knows which limits would say the same thing twice. Must not know how tokens are counted.
"""

from collections.abc import Iterator

from portway.core.api.token_limit import TokenLimit, TokenLimitEntry, TokenLimitSpec
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule


@rule("token-limit-header-once", "write each header once")
def header_once(entry: TokenLimitEntry) -> Violations:
    """Names of headers are the same in upper and lower case."""
    return repeated([each.header.lower() for each in entry.by], ".by")


@rule("token-limit-once", "keep the smaller of the two")
def limit_once(spec: TokenLimitSpec) -> Iterator[Violation]:
    """Of two limits of the same thing the larger one means nothing."""
    seen: dict[tuple[str, str, frozenset[str]], int] = {}
    for index, each in enumerate(spec.limits):
        same = (each.per, each.count, frozenset(key.header.lower() for key in each.by))
        first = seen.setdefault(same, index)
        if first != index:
            yield Violation(f".limits[{index}]", f"limits the same as limits[{first}]")


def check_token_limit(limit: TokenLimit, version: str, report: Report) -> None:
    """Every rule of a TokenLimit."""
    report.apply((limit_once,), limit.spec, "spec")
    for index, each in enumerate(limit.spec.limits):
        report.apply((header_once,), each, f"spec.limits[{index}]")


RULES = (header_once, limit_once)
