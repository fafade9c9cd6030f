"""Pools of a cluster that ask for a picker, as the core sees them."""

from portway.app import pool_pickers
from portway.core import api, infra
from tests.app.test_pickers import REF, asking, event
from tests.core.api.test_inference_pool import pool


def test_a_pool_that_asks_names_the_service_it_is_to_get() -> None:
    (seen,) = pool_pickers.told((event(asking()),))
    assert isinstance(seen.object, api.InferencePool)
    assert seen.object.spec.endpoint_picker_ref == api.EndpointPickerRef(
        name="llama-picker", port=api.PoolPort(number=infra.PICKER_PORT), failure_mode="FailOpen"
    )
    assert seen.object.metadata.annotations == {
        "portway.dev/picker": "process",
        "portway.dev/picker-mode": "light",
    }


def test_everything_else_passes() -> None:
    others = (
        event(pool()),
        event(None),
        event(asking(wanted="proces")),
        event(asking(endpointPickerRef=REF)),
        api.Event("Pod", "apps", "a", None),
    )
    assert pool_pickers.told(others) == others
