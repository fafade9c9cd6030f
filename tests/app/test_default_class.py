"""The GatewayClass that exists by itself."""

import subprocess
import sys

from portway.app.default_class import DEFAULT_CLASS, default_class
from portway.core import api
from portway.core.controller_name import CONTROLLER


def test_it_is_a_class_of_ours() -> None:
    event = default_class()
    assert (event.kind, event.namespace, event.name) == ("GatewayClass", "", DEFAULT_CLASS)
    assert isinstance(event.object, api.GatewayClass)
    assert event.object.spec.controller_name == CONTROLLER


def test_who_serves_does_not_load_what_only_judges_files() -> None:
    asked = "import sys, portway.app.standalone as _; print('portway.core.analyze' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert found.stdout == "False\n", found.stderr
