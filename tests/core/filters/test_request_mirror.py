"""RequestMirror: references, percentages, fractions."""

from fractions import Fraction

import pytest

from portway.core import filters, model
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.reference import BackendObjectReference
from portway.core.api.route import Fraction as SpecFraction
from portway.core.api.route import HTTPRequestMirrorFilter
from portway.core.filters import request_mirror as subject

KEY = model.ClusterKey("Service", "shop", "copy", 80, "http")
REF = BackendObjectReference(name="copy", port=80)


def resolve(ref: BackendObjectReference) -> model.ClusterKey | filters.Problem:
    if ref == REF:
        return KEY
    return filters.Problem("ResolvedRefs", "BackendNotFound", "there is no such Service")


PLACE = filters.Place("rules[0].filters[0]", ("/",), resolve)


def spec(mirror: HTTPRequestMirrorFilter) -> HTTPRouteFilter:
    return HTTPRouteFilter(type="RequestMirror", request_mirror=mirror)


@pytest.mark.parametrize(
    ("mirror", "part"),
    [
        (HTTPRequestMirrorFilter(backend_ref=REF), Fraction(1)),
        (HTTPRequestMirrorFilter(backend_ref=REF, percent=0), Fraction(0)),
        (HTTPRequestMirrorFilter(backend_ref=REF, percent=35), Fraction(35, 100)),
        (
            HTTPRequestMirrorFilter(
                backend_ref=REF, fraction=SpecFraction(numerator=1, denominator=3)
            ),
            Fraction(1, 3),
        ),
        (
            HTTPRequestMirrorFilter(backend_ref=REF, fraction=SpecFraction(numerator=7)),
            Fraction(7, 100),
        ),
        (
            HTTPRequestMirrorFilter(backend_ref=REF, fraction=SpecFraction(numerator=700)),
            Fraction(1),
        ),
    ],
)
def test_percent_and_fraction_are_exact(mirror: HTTPRequestMirrorFilter, part: Fraction) -> None:
    found = filters.from_spec(spec(mirror), PLACE)
    assert isinstance(found, model.Mirror)
    assert found.backend == KEY
    assert Fraction(found.numerator, found.denominator) == part


def test_a_reference_that_does_not_resolve_drops_the_mirror_only() -> None:
    ref = BackendObjectReference(name="gone", port=80)
    found = filters.from_spec(spec(HTTPRequestMirrorFilter(backend_ref=ref)), PLACE)
    expected = filters.Problem(
        "ResolvedRefs", "BackendNotFound", "there is no such Service", fatal=False
    )
    assert found == expected


def policies(*mirrors: model.Mirror, span: tuple[int, int] = (0, 1_000_000)) -> list[object]:
    draft = filters.Draft({}, {}, lambda key: key.name, span)
    for each in mirrors:
        subject.apply(each, draft)
    assert draft.outer == {}
    found: list[object] = draft.action.get("request_mirror_policies", [])
    return found


def test_all_requests_need_no_fraction() -> None:
    assert policies(model.Mirror(KEY)) == [
        {"cluster": "copy", "disable_shadow_host_suffix_append": True}
    ]


def test_no_requests_need_no_policy() -> None:
    assert policies(model.Mirror(KEY, 0, 100)) == []


@pytest.mark.parametrize(
    ("mirror", "span", "numerator"),
    [
        (model.Mirror(KEY, 20, 100), (0, 1_000_000), 200_000),
        (model.Mirror(KEY, 1, 3), (0, 1_000_000), 333_333),
        (model.Mirror(KEY, 50, 100), (500_000, 1_000_000), 750_000),
        (model.Mirror(KEY, 50, 100), (0, 500_000), 250_000),
    ],
)
def test_a_fraction_is_taken_of_the_span(
    mirror: model.Mirror, span: tuple[int, int], numerator: int
) -> None:
    fraction = {"default_value": {"numerator": numerator, "denominator": "MILLION"}}
    assert policies(mirror, span=span) == [
        {
            "cluster": "copy",
            "disable_shadow_host_suffix_append": True,
            "runtime_fraction": fraction,
        }
    ]


def test_several_mirrors_stand_side_by_side() -> None:
    assert len(policies(model.Mirror(KEY), model.Mirror(KEY._replace(name="other"), 1, 2))) == 2
