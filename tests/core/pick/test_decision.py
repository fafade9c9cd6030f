"""Why, in a line."""

from portway.core.pick.decision import Decision, Rated


def test_the_one_that_was_picked_is_told_first_and_the_line_is_bounded() -> None:
    rated = tuple(Rated(f"10.0.0.{n}:80", n / 100, {}, n, 1.0, 2.0, 3) for n in range(20))
    text = Decision(("10.0.0.7:80", "10.0.0.1:80"), rated, "because").text()
    assert text.startswith(
        "because; 10.0.0.7:80 score=0.070 cached=7 uncached=1 waiting=2 requests=3,"
    )
    assert text.endswith("and 12 more")
    assert text.isascii()
    assert "\n" not in text


def test_the_one_that_was_picked_is_found_among_the_rated_ones() -> None:
    rated = (Rated("a:1", 0.5, {}, 2), Rated("b:1", 1.0, {}, 9))
    assert Decision(("b:1", "a:1"), rated, "").chosen == rated[1]
    assert Decision(("c:1",), rated, "somebody else says so").chosen is None
