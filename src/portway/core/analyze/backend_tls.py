"""TLS towards backends that cannot be carried out, or a policy about it that another one beats.

Knows the findings translation left on BackendTLSPolicies and XBackends. Must not know who sends to
backends: what nobody uses yet is worth mending as well.
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
    for backend in view.externals():
        for finding in backend.findings:
            code = "PW099" if finding.status else "PW044"
            yield issue(code, backend.key, "spec.tls", finding.message)
