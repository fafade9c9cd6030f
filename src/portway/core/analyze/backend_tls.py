"""BackendTLSPolicies that cannot be carried out, or that another one beats.

Knows the findings translation left on policies. Must not know who sends to their backends: a policy
that nobody uses yet is worth mending as well.
"""

from collections.abc import Iterator

from portway.core.analyze.issue import Issue, issue
from portway.core.explain.view import View


def issues(view: View) -> Iterator[Issue]:
    """PW044 and PW099."""
    for policy in view.tls_policies():
        for finding in dict.fromkeys(view.tls_findings(policy.key)):
            code = "PW099" if finding.status else "PW044"
            yield issue(code, policy.key, "spec", finding.message)
