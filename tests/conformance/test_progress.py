"""What is shown of the suite's output."""

from tests.conformance.progress import Progress


def test_the_outcome_of_each_test() -> None:
    progress = Progress()
    shown = [
        progress.take(line)
        for line in (
            "=== RUN   TestConformance/HTTPRouteWeight\n",
            "    --- PASS: TestConformance/HTTPRouteWeight (1.50s)\n",
            "        --- PASS: TestConformance/HTTPRouteWeight/sub (1.50s)\n",
            "    --- FAIL: TestConformance/HTTPRouteCORS (30.00s)\n",
            "    --- SKIP: TestConformance/TCPRoute (0.00s)\n",
            "panic: test timed out after 1m0s\n",
        )
    ]
    assert [each for each in shown if each] == [
        "pass  HTTPRouteWeight  1.50 s",
        "fail  HTTPRouteCORS  30.00 s",
        "panic: test timed out after 1m0s",
    ]
    assert progress.passed == ["HTTPRouteWeight"]
    assert progress.failed == ["HTTPRouteCORS"]
    assert progress.skipped == ["TCPRoute"]
