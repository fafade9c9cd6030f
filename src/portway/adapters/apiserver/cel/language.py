"""The language of rules: CEL with what Kubernetes adds to it.

Knows how an expression becomes something that can be run, and that running it is bounded: the
library stops after ten thousand steps of loops, and matches patterns in linear time. Must not know
schemas. The library is loaded when the first rule is: it takes 17 MB, and most users never define
a kind.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final

from portway.adapters.apiserver.cel import addresses, lists, patterns, quantities, urls
from portway.adapters.apiserver.cel.function import Function

SELF: Final = "self"
OLD: Final = "oldSelf"
_HAS_OLD: Final = "__has_old"
_OLD: Final = "__old"
_OF_CHANGE: Final = re.compile(rf"\b{OLD}\b")
_LIBRARY: Final = (addresses, lists, patterns, quantities, urls)


class CelError(Exception):
    """An expression that cannot be compiled or that failed. The message is the library's."""


class Program:
    """A compiled expression. `of_change` says that it compares with what was before."""

    def __init__(self, expression: Any, *, of_change: bool, optional: bool) -> None:
        self._expression = expression
        self.of_change = of_change
        self.optional = optional

    def run(self, now: Any, before: Any = None, *, has_before: bool = False) -> Any:
        """The value, as Python has it. Raises CelError when it has none."""
        data: Mapping[str, Any] = {SELF: now}
        if self.optional:
            data = {SELF: now, _OLD: before, _HAS_OLD: has_before}
        elif self.of_change:
            data = {SELF: now, OLD: before}
        try:
            value = self._expression.eval(data=data)
            if value.type().name() == "ERROR":
                raise CelError(_short(str(value.value())))
            return value.plain_value()
        except RuntimeError as error:
            raise CelError(_short(str(error))) from None


@lru_cache(maxsize=4096)
def compiled(text: str, *, optional_old: bool = False) -> Program:
    """The expression, ready to be run. ``optional_old``: what was before is an optional value, so
    that the rule holds for new objects too. Raises CelError.

    The same text is compiled once: a definition is read when it is written and when it is served,
    and its versions repeat its rules."""
    if optional_old:
        bound = f"{_HAS_OLD} ? optional.of({_OLD}) : optional.none()"
        expression = _compile(f"cel.bind({OLD}, {bound}, {text})", SELF, _OLD, _HAS_OLD)
        return Program(expression, of_change=True, optional=True)
    try:
        return Program(_compile(text, SELF), of_change=False, optional=False)
    except CelError:
        if _OF_CHANGE.search(text) is None:
            raise
    return Program(_compile(text, SELF, OLD), of_change=True, optional=False)


def _compile(text: str, *names: str) -> Any:
    try:
        return _environment(*names).compile(text)
    except RuntimeError as error:
        raise CelError(_short(str(error))) from None


@cache
def _environment(*names: str) -> Any:
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

    types: Any = {
        "any": cel.Type.DYN,
        "bool": cel.Type.BOOL,
        "double": cel.Type.DOUBLE,
        "int": cel.Type.INT,
        "list": cel.Type.List(cel.Type.DYN),
        "map": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
        "text": cel.Type.STRING,
    }

    def overload(function: Function) -> Any:
        return cel.Overload(
            function.id,
            return_type=types[function.result],
            parameters=[types[each] for each in function.parameters],
            is_member=function.on_first,
            impl=function.call,
        )

    by_name: dict[str, list[Any]] = {}
    for each in chain.from_iterable(part.functions() for part in _LIBRARY):
        by_name.setdefault(each.name, []).append(overload(each))
    return cel.NewEnv(
        variables={name: types["bool" if name == _HAS_OLD else "any"] for name in names},
        extensions=[
            ext_bindings.ExtBindings(),
            ext_optional.ExtOptional(),
            ext_strings.ExtStrings(),
        ],
        functions=[cel.FunctionDecl(name, found) for name, found in by_name.items()],
    )


_NOISE: Final = re.compile(r"\A(?:[A-Z_]+: |<input>:\d+:\d+: )+")


def _short(message: str) -> str:
    """The first line, without the library's classification and without where in the text."""
    first = message.splitlines()[0] if message else "it failed"
    return _NOISE.sub("", first).removesuffix(" [INTERNAL]").strip()
