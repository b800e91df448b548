"""The service document and `$metadata` (CSDL XML 4.0): which tables there are, and what each column means."""

from functools import cache
from typing import Any, Final
from xml.etree import ElementTree  # nosec B405

from services.reporting.odata.columns import Column
from services.reporting.odata.sets import ENTITY_SETS, EntitySet
from shared.texts import LANGUAGES, say

NAMESPACE: Final = "ishc"
_EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
_CORE: Final = "Org.OData.Core.V1"
# Named, never fetched.
_CORE_URI: Final = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml"


def service_document(base: str) -> dict[str, Any]:
    """The tables, by name and address."""
    tables = [{"name": name, "kind": "EntitySet", "url": name} for name in ENTITY_SETS]
    return {"@odata.context": f"{base}$metadata", "value": tables}


@cache
def csdl() -> bytes:
    """The types of all tables; each table and column is described in Vietnamese and English."""
    ElementTree.register_namespace("edmx", _EDMX)
    root = ElementTree.Element(f"{{{_EDMX}}}Edmx", Version="4.0")
    reference = ElementTree.SubElement(root, f"{{{_EDMX}}}Reference", Uri=_CORE_URI)
    ElementTree.SubElement(reference, f"{{{_EDMX}}}Include", Namespace=_CORE, Alias="Core")
    services = ElementTree.SubElement(root, f"{{{_EDMX}}}DataServices")
    schema = ElementTree.SubElement(services, "Schema", xmlns=_EDM, Namespace=NAMESPACE)
    for one in ENTITY_SETS.values():
        _add_type(schema, one)
    container = ElementTree.SubElement(schema, "EntityContainer", Name="Records")
    for one in ENTITY_SETS.values():
        of_type = f"{NAMESPACE}.{one.type}"
        table = ElementTree.SubElement(container, "EntitySet", Name=one.name, EntityType=of_type)
        _describe(table, {lang: say(lang, f"odata.set.{one.name}") for lang in LANGUAGES})
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_type(schema: ElementTree.Element, one: EntitySet) -> None:
    entity = ElementTree.SubElement(schema, "EntityType", Name=one.type)
    key = ElementTree.SubElement(entity, "Key")
    ElementTree.SubElement(key, "PropertyRef", Name=one.key.name)
    for column in one.columns:
        _add_property(entity, column)


def _add_property(entity: ElementTree.Element, column: Column) -> None:
    found = ElementTree.SubElement(entity, "Property", Name=column.name, Type=column.type)
    if not column.nullable:
        found.set("Nullable", "false")
    if column.type == "Edm.Decimal":
        found.set("Scale", "variable")
    _describe(found, {lang: column.meaning(lang) for lang in LANGUAGES})


def _describe(element: ElementTree.Element, words: dict[str, str]) -> None:
    # One annotation a language; the qualifier tells them apart. Tools that read only one read Vietnamese.
    for language, text in words.items():
        found = ElementTree.SubElement(element, "Annotation", Term="Core.Description", String=text)
        if language != "vi":
            found.set("Qualifier", language)
