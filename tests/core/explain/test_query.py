"""A question as it travels to a running instance."""

import pytest

from portway.core.explain import RequestError, question


def test_only_the_url_is_needed() -> None:
    request, expect = question({"url": "http://a/x"})
    assert (request.method, request.path, expect) == ("GET", "/x", "")


def test_one_header_or_many() -> None:
    assert question({"url": "http://a", "header": "A: 1"}).request.headers == (("a", "1"),)
    many = question({"url": "http://a", "header": ["A: 1", "B: 2"]})
    assert many.request.headers == (("a", "1"), ("b", "2"))


def test_an_empty_sni_means_none_is_sent() -> None:
    assert question({"url": "https://a/", "sni": ""}).request.sni == ""
    assert question({"url": "https://a/"}).request.sni == "a"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "url is missing"),
        ({"url": ["http://a", "http://b"]}, "url may be given once"),
        ({"url": "http://a", "hedder": "A: 1"}, "unknown part 'hedder'"),
    ],
)
def test_what_makes_no_question_is_refused(query: dict[str, str], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        question(query)
