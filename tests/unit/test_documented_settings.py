"""A setting that nobody explained cannot be used by a council."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from tests.unit.making import ROOT
from triage.settings import Settings


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        candidates: tuple[Any, ...] = (field.annotation, *get_args(field.annotation))
        models = [one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)]
        assert models, f"{name} is no section: teach this test what it is"
        yield name, models[0]


def _keys() -> list[str]:
    return [f"{section}.{key}" for section, model in _sections() for key in model.model_fields]


def test_the_keys_are_found() -> None:
    assert {"council.name", "limits.parts", "mailbox.folders"} <= set(_keys())


def test_every_setting_is_explained() -> None:
    path = ROOT / "docs" / "configuration.md"
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    assert [key for key in _keys() if f"`{key}`" not in page] == []
