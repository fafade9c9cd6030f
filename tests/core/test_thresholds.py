"""One number, wherever it is shown or obeyed."""

from portway.app.cli.run import command
from portway.app.settings import Settings
from portway.core import render
from portway.core.thresholds import SCOPES_FROM, TREES_FROM


def test_the_command_line_shows_what_the_renderer_obeys() -> None:
    shown = {each.name: each.default for each in command.params}
    settings = {name: each.default for name, each in Settings.__dataclass_fields__.items()}
    for found in (shown, settings):
        assert (found["scopes_from"], found["trees_from"]) == (SCOPES_FROM, TREES_FROM)
    defaults = render.Defaults()
    assert (defaults.scopes_from, defaults.tree_from) == (SCOPES_FROM, TREES_FROM)
