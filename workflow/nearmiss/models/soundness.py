"""Whether plain data is as a model asks and holds no null: told without making the model, which most data need not."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import SchemaValidator, ValidationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import BaseModel


def is_sound(model: type[BaseModel], data: Any, *, terms: Mapping[str, Collection[str]]) -> bool:
    """Say whether data fits a model, and whether no field of it is null; what is wrong, the model itself can tell."""
    try:
        _looker(model).validate_python(data, context={"vocabulary": terms})
    except ValidationError:
        return False
    return True


@lru_cache
def _looker(model: type[BaseModel]) -> SchemaValidator:
    """Return what asks the same of data as a model does, but leaves it the mapping that it is."""
    # It is built when it is first asked for.
    model.model_rebuild()
    return SchemaValidator(_without_models(model.__pydantic_core_schema__))


def _without_models(schema: Any) -> Any:
    """Return a schema in which each model is a mapping with the same fields, and no field may be null."""
    if isinstance(schema, list):
        return [_without_models(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "nullable":
        return _without_models(schema["schema"])
    if schema.get("type") == "model":
        return _mapping(schema)
    return {key: _without_models(value) for key, value in schema.items() if key not in _NOT_OF_CHECKING}


_NOT_OF_CHECKING = frozenset({"metadata", "serialization"})


def _mapping(model: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        field.get("validation_alias", name): _field(field["schema"])
        for name, field in model["schema"]["fields"].items()
    }
    ref = {"ref": model["ref"]} if "ref" in model else {}
    return {"type": "typed-dict", "fields": fields, "extra_behavior": "forbid", "config": model["config"], **ref}


def _field(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field that must be there unless it has a default, which nobody needs here."""
    optional = schema["type"] == "default"
    inner = _without_models(schema["schema"] if optional else schema)
    return {"type": "typed-dict-field", "schema": inner, "required": not optional}
