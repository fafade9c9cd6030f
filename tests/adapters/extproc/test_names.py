"""Names as gateways send them."""

from portway.adapters.extproc import names


def test_headers_are_in_lower_case_and_the_newer_spelling_comes_first() -> None:
    for each in (names.OBJECTIVE, names.FAIRNESS, names.REWRITE):
        new, old = each
        assert new.startswith("x-llm-d-")
        assert old.startswith("x-gateway-")
    words = [value for name, value in vars(names).items() if name.isupper()]
    flat = [word for value in words for word in ([value] if isinstance(value, str) else value)]
    assert all(each == each.lower() for each in flat)
    assert len(set(flat)) == len(flat)
