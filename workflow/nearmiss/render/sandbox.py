"""Jinja's sandbox, which lets templates reach nothing of Python; of our own plain values it asks less."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from nearmiss.render.compiling import Compiler


class Sandbox(ImmutableSandboxedEnvironment):
    """Pages ask for hundreds of thousands of attributes, and nearly all are fields of frozen values.

    What the sandbox refuses are names that begin with `_`, the insides of functions and generators, methods that change
    something, and `str.format`. A field of a dataclass is none of these, unless it can be called; then Jinja is asked.
    """

    code_generator_class = Compiler

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._plain: dict[type, bool] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute, or an undefined value where it is none or unsafe."""
        kind = type(obj)
        if kind not in self._plain:
            self._plain[kind] = is_dataclass(kind)
        if self._plain[kind] and attribute[:1] != "_":
            value = getattr(obj, attribute, self)
            if value is not self and not callable(value):
                return value
        return super().getattr(obj, attribute)
