"""Functions of URLs."""

import pytest

from portway.adapters.apiserver.cel.language import CelError, compiled


@pytest.mark.parametrize(
    "rule",
    [
        "isURL('https://a.example:80/p?q=1') && isURL('/path') && !isURL('a b') && !isURL('x')",
        "url('https://u@a.example:80/p%20q?x=1').getHost() == 'a.example:80'",
        "url('https://[::1]:80/').getHostname() == '::1' && url('https://a/').getPort() == ''",
        "url('https://a:81/b%20c').getEscapedPath() == '/b%20c'",
        "url('https://a:81/').getPort() == '81' && url('https://a/').getScheme() == 'https'",
        "url('https://a/?k=1&k=2').getQuery() == {'k': ['1', '2']} && url('/a') == url('/a')",
    ],
)
def test_what_holds(rule: str) -> None:
    assert compiled(rule).run(None) is True


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("url('a b').getHost() == ''", "URL parse error"),
    ],
)
def test_what_is_no_such_value(rule: str, why: str) -> None:
    with pytest.raises(CelError, match=why):
        compiled(rule).run(None)
