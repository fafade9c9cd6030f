"""A sample model behind the Open Inference Protocol (v2): which iris is it?

Knows the request and answer of `/v2/models/<name>/infer` and the mean measurements of the three
species in Fisher's iris data. A flower belongs to the species whose mean is nearest, which is right
for about nine flowers in ten. It is a sample that computes its answer from the input, not a trained
model, and it is no part of the gateway. Must not know HTTP.
"""

from collections.abc import Iterator, Mapping
from math import dist, isfinite
from typing import Any
from uuid import uuid4

from portway.app.sample.request_error import RequestError

_FEATURES = 4
_MOST_VALUES = 40_000
_DATATYPES = frozenset({"FP32", "FP64"})
_MEANS = (  # Centimetres: sepal length, sepal width, petal length, petal width.
    (5.006, 3.428, 1.462, 0.246),  # 0: setosa
    (5.936, 2.770, 4.260, 1.326),  # 1: versicolor
    (6.588, 2.974, 5.552, 2.026),  # 2: virginica
)


def infer(model: str, request: Mapping[str, Any]) -> dict[str, object]:
    """The v2 answer for a v2 request. Raises RequestError (400) when the request is malformed."""
    rows = _rows(_only_input(request))
    identifier = request.get("id")
    return {
        "id": identifier if isinstance(identifier, str) and identifier else str(uuid4()),
        "model_name": model,
        "model_version": "1",
        "outputs": [
            {
                "name": "output-0",
                "shape": [len(rows)],
                "datatype": "INT64",
                "data": [species(row) for row in rows],
            }
        ],
    }


def species(flower: tuple[float, ...]) -> int:
    """The species (0, 1, 2) whose mean is nearest to four measurements in centimetres."""
    return min(range(len(_MEANS)), key=lambda number: dist(flower, _MEANS[number]))


def _only_input(request: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = request.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise RequestError(400, "inputs: give a list with one tensor")
    if inputs[0].get("datatype") not in _DATATYPES:
        raise RequestError(400, "inputs[0].datatype: give FP32 or FP64")
    return inputs[0]


def _rows(tensor: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """The tensor's rows; its data may be flat or nested, as the protocol allows."""
    values = list(_numbers(tensor.get("data")))
    count, rest = divmod(len(values), _FEATURES)
    if rest or not count:
        message = f"inputs[0].data: {len(values)} numbers, give a multiple of {_FEATURES}"
        raise RequestError(400, message)
    if tensor.get("shape") != [count, _FEATURES]:
        message = f"inputs[0].shape: the data has the shape [{count}, {_FEATURES}]"
        raise RequestError(400, message)
    return [tuple(values[at : at + _FEATURES]) for at in range(0, len(values), _FEATURES)]


def _numbers(data: object) -> Iterator[float]:
    if not isinstance(data, list) or len(data) > _MOST_VALUES:
        raise RequestError(400, f"inputs[0].data: give a list of at most {_MOST_VALUES} entries")
    for entry in data:
        for value in entry if isinstance(entry, list) else [entry]:
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise RequestError(400, f"inputs[0].data: {value!r} is not a finite number")
            yield float(value)
