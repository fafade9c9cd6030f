"""The words of the Endpoint Picker Protocol.

Knows names only. Headers of requests have two spellings, the older of the Inference Extension and
the newer of llm-d; both count.
"""

from typing import Final

METADATA: Final = "envoy.lb"
HINTS: Final = "envoy.lb.subset_hint"
DESTINATION: Final = "x-gateway-destination-endpoint"
SUBSET: Final = "x-gateway-destination-endpoint-subset"
SERVED: Final = "x-gateway-destination-endpoint-served"
SCORES: Final = "x-gateway-destination-endpoint-scores"
PICK: Final = "portway.dev/pick"
"""A member of our own among the METADATA of a pick, for access logs."""

OBJECTIVE: Final = ("x-llm-d-inference-objective", "x-gateway-inference-objective")
FAIRNESS: Final = ("x-llm-d-inference-fairness-id", "x-gateway-inference-fairness-id")
REWRITE: Final = ("x-llm-d-model-name-rewrite", "x-gateway-model-name-rewrite")
SESSION: Final = "x-session-token"
DROPPED: Final = "x-llm-d-request-dropped-reason"

EXPLAIN: Final = "x-portway-explain-pick"
"""A request that has it, whatever its value, is answered with EXPLAINED where that is allowed."""
EXPLAINED: Final = "x-portway-pick"

TEST_CHOICE: Final = "test-epp-endpoint-selection"
TEST_SERVED: Final = "x-conformance-test-served-endpoint"
