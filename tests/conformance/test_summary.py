"""The table of a report."""

from tests.conformance.summary import failed, table

REPORT = """
apiVersion: gateway.networking.k8s.io/v1
kind: ConformanceReport
gatewayAPIVersion: v1.6.1
gatewayAPIChannel: experimental
profiles:
- name: GATEWAY-HTTP
  core:
    result: failure
    failedTests: [HTTPRouteWeight]
    statistics: {Passed: 36, Failed: 1, Skipped: 0}
  extended:
    result: partial
    skippedTests: [HTTPRouteCORS]
    statistics: {Passed: 20, Failed: 0, Skipped: 1}
    supportedFeatures: [A, B]
    unsupportedFeatures: [C]
- name: GATEWAY-UDP
  core:
    result: success
    statistics: {Passed: 20, Failed: 0, Skipped: 0}
"""


def test_a_line_for_each_profile_and_the_names() -> None:
    assert table(REPORT).splitlines() == [
        "Gateway API v1.6.1, experimental; passed/failed/skipped",
        "profile       core    extended  features",
        "GATEWAY-HTTP  36/1/0  20/0/1    2 of 3",
        "GATEWAY-UDP   20/0/0  0/0/0     0 of 0",
        "GATEWAY-HTTP failed: HTTPRouteWeight",
        "GATEWAY-HTTP skipped: HTTPRouteCORS",
    ]


def test_whether_anything_failed() -> None:
    assert failed(REPORT)
    assert not failed(REPORT.replace("failedTests: [HTTPRouteWeight]", ""))
    assert not failed("profiles: []")


def test_the_version_of_the_inference_extension() -> None:
    report = f"GatewayAPIInferenceExtensionVersion: v1.6.0\n{REPORT}"
    assert table(report).startswith("Inference Extension v1.6.0, Gateway API v1.6.1, experimental;")
