"""TokenLimit (portway.dev/v1alpha1): how many tokens answers of models may take in a time.

Knows the shape of our own kind. Must not know how tokens are counted. An HTTPRoute's rule names one
in a filter of type ExtensionRef, in its own namespace; of several in one rule each counts.

    apiVersion: portway.dev/v1alpha1
    kind: TokenLimit
    metadata: {name: free, namespace: shop}
    spec:
      limits:                               # 1 to 8; a request needs something left in each
      - tokens: 100000
        per: Hour                           # Minute, Hour or Day, by the clock (UTC)
        count: Total                        # or Prompt, or Completion
        by: [{header: Authorization}]       # who has a budget of its own; nobody: one for all
"""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from portway.core.api.fields import HeaderName
from portway.core.api.meta import Resource, Value

# What the proxy counts in are doubles, exact up to here.
Tokens = Annotated[int, Meta(ge=1, le=10**15)]


class TokenLimitKey(Value, frozen=True, kw_only=True):
    """A part of the request; each of its values has a budget of its own."""

    header: HeaderName


class TokenLimitEntry(Value, frozen=True, kw_only=True):
    """One budget, or one for each value of what it is by."""

    tokens: Tokens
    per: Literal["Minute", "Hour", "Day"]
    count: Literal["Total", "Prompt", "Completion"] = "Total"
    by: Annotated[tuple[TokenLimitKey, ...], Meta(max_length=4)] = ()


class TokenLimitSpec(Value, frozen=True, kw_only=True):
    """All of them hold."""

    limits: Annotated[tuple[TokenLimitEntry, ...], Meta(min_length=1, max_length=8)]


class TokenLimit(Resource, frozen=True, kw_only=True):
    """Budgets of tokens."""

    api_version: ClassVar[str] = "portway.dev/v1alpha1"
    kind: ClassVar[str] = "TokenLimit"

    spec: TokenLimitSpec
