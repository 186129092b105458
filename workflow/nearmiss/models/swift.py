"""Frozen values that are made swiftly: nobody sets a field of theirs, and making one takes no call for each field."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import cached_property as once
else:

    class once:  # noqa: N801 - used as the decorator for which it stands in
        """A value that is worked out when it is first asked for, without the lock that Python's own takes for it."""

        def __init__(self, work_out: Callable[[Any], Any]) -> None:
            self._work_out = work_out
            self.__doc__ = work_out.__doc__

        def __set_name__(self, _: type, name: str) -> None:
            """Note under which name the value is kept."""
            self._name = name

        def __get__(self, instance: Any, _: type | None = None) -> Any:
            """Work the value out and keep it, so that nobody comes here again."""
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._work_out(instance)
            return value


__all__ = ["once", "swift"]

Kind = TypeVar("Kind")


def swift(kind: type[Kind]) -> type[Kind]:
    """Let a frozen dataclass, whose fields are given by name, write all of them itself when it is made.

    Python's own way asks for each field through a call whether it may be set; an audit makes a million of them.
    """
    known: dict[str, Any] = {"missing": MISSING}
    asked, lines = [], ["own = self.__dict__"]
    for one in fields(kind):  # type: ignore[arg-type]  # it is a dataclass, which no type can ask for
        name, value = one.name, one.name
        if one.default_factory is not MISSING:
            known[f"make_{name}"] = one.default_factory
            value = f"make_{name}() if {name} is missing else {name}" if one.init else f"make_{name}()"
        if one.default is not MISSING:
            known[f"usual_{name}"] = one.default
        if one.init:
            usual = f"=usual_{name}" if one.default is not MISSING else "=missing" if value != name else ""
            asked.append(f"{name}{usual}")
        if one.init or value != name:
            lines.append(f"own[{name!r}] = {value}")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    text = f"def __init__(self, *, {', '.join(asked)}):\n  " + "\n  ".join(lines)
    exec(text, known)  # noqa: S102 - words of our own, made as Python makes those of its dataclasses
    made = known["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    setattr(kind, "__init__", made)  # noqa: B010 - the type checker lets nobody set it
    return kind
