"""The sample model computes its answer from the flower."""

from typing import Any

import pytest

from portway.app.sample.iris import infer, species
from portway.app.sample.request_error import RequestError

SETOSA, VERSICOLOR, VIRGINICA = (5.1, 3.5, 1.4, 0.2), (6.0, 2.7, 4.2, 1.3), (6.7, 3.0, 5.7, 2.1)


def asked(data: object, shape: object, datatype: str = "FP32") -> dict[str, Any]:
    tensor = {"name": "input-0", "shape": shape, "datatype": datatype, "data": data}
    return {"id": "42", "inputs": [tensor]}


def test_flowers_of_three_species_are_told_apart() -> None:
    assert [species(flower) for flower in (SETOSA, VERSICOLOR, VIRGINICA)] == [0, 1, 2]


def test_a_batch_gives_one_number_for_each_row_flat_or_nested() -> None:
    rows = [list(VIRGINICA), list(SETOSA)]
    flat = [value for row in rows for value in row]
    expected = {"name": "output-0", "shape": [2], "datatype": "INT64", "data": [2, 0]}
    for data in (rows, flat):
        answer = infer("iris", asked(data, [2, 4]))
        assert answer["outputs"] == [expected]
        assert (answer["id"], answer["model_name"], answer["model_version"]) == ("42", "iris", "1")


def test_an_identifier_is_made_when_none_was_given() -> None:
    request = asked(list(SETOSA), [1, 4])
    del request["id"]
    assert infer("iris", request)["id"] != infer("iris", request)["id"]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({}, "inputs"),
        ({"inputs": []}, "inputs"),
        (asked([1.0, 2.0, 3.0], [1, 3]), "multiple of 4"),
        (asked([], [0, 4]), "multiple of 4"),
        (asked(list(SETOSA), [4, 1]), "shape"),
        (asked(["a", 1, 2, 3], [1, 4]), "not a finite number"),
        (asked([True, 1, 2, 3], [1, 4]), "not a finite number"),
        (asked([float("nan"), 1, 2, 3], [1, 4]), "not a finite number"),
        (asked("text", [1, 4]), "list"),
        (asked(list(SETOSA), [1, 4], "BYTES"), "datatype"),
    ],
)
def test_a_malformed_tensor_is_refused_with_the_field(request_: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told) as caught:
        infer("iris", request_)
    assert caught.value.status == 400
