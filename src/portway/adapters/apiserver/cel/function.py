"""What a function of the language is, to be declared to it.

Knows names and types as words. Must not know the library, nor any function. What is no value of
CEL's own (an address, a quantity) is a map with one key that says what it is, in a form in which
equal values are equal.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Function(NamedTuple):
    """One overload. `on_first`: called on its first parameter. Types are words: any, bool, double,
    int, list, map, text."""

    name: str
    parameters: tuple[str, ...]
    result: str
    call: Callable[..., Any]
    on_first: bool = False

    @property
    def id(self) -> str:
        """A name of its own among all overloads."""
        how = "of" if self.on_first else "with"
        return f"portway_{self.name.replace('.', '_')}_{how}_{'_'.join(self.parameters)}"


def member(name: str, parameters: str, result: str, call: Callable[..., Any]) -> Function:
    """One that is called on its first parameter; the parameters' types with spaces between."""
    return Function(name, tuple(parameters.split()), result, call, on_first=True)


def plain(name: str, parameters: str, result: str, call: Callable[..., Any]) -> Function:
    """One that is called by its name alone."""
    return Function(name, tuple(parameters.split()), result, call)


def valid(parse: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """Whether a value can be parsed."""

    def test(value: Any) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return test
