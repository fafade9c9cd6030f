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


def test_a_body_is_text_or_base64_and_makes_it_a_post() -> None:
    text = question({"url": "http://a", "body": "\u00e9"}).request
    assert (text.method, text.body, text.length) == ("POST", b"\xc3\xa9", 2)
    other = question({"url": "http://a", "method": "PUT", "body64": "/wA="}).request
    assert (other.method, other.body) == ("PUT", b"\xff\x00")
    assert question({"url": "http://a"}).request.body is None


def test_a_body_that_names_no_model_is_not_the_same_as_no_body() -> None:
    found = [question({"url": "http://a/", **more}).request.model for more in ({}, {"model": ""})]
    assert found == [None, ""]
    assert question({"url": "http://a/", "model": "m"}).request.model == "m"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "url is missing"),
        ({"url": ["http://a", "http://b"]}, "url may be given once"),
        ({"url": "http://a", "hedder": "A: 1"}, "unknown part 'hedder'"),
        ({"url": "http://a", "body": "a", "body64": "YQ=="}, "the same part"),
        ({"url": "http://a", "body64": "a?"}, "not base64"),
    ],
)
def test_what_makes_no_question_is_refused(query: dict[str, str], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        question(query)
