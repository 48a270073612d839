"""Croissant: JSON-LD that describes the Parquet tables of an export (mlcommons.org/croissant).

Version 1.0, with fields of Croissant RAI 1.0 as far as the catalogue knows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from schemas.columns import TableSpec
from schemas.features import FeatureSpec
from warehouse.export.attribution import licence_url
from warehouse.export.folder import sha256, write_json
from warehouse.export.tables import Written
from warehouse.lake import Lake

FILE = "croissant.json"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_KEYS = {
    "tracks": ("track_id",),
    "features": ("track_id",),
    "tags": ("track_id", "term", "kind", "source"),
    "rights": ("track_id", "layer", "source"),
}


def write_croissant(
    lake: Lake,
    folder: Path,
    tables: Mapping[str, Written],
    licences: Mapping[str, int],
    facts: Mapping[str, Any],
) -> None:
    """Write croissant.json for the Parquet files in `folder`. `facts` are of the manifest."""
    about = _column_texts(lake)
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "wordtone_catalogue",
        "description": (
            f"{facts['tracks']} tracks of a music catalogue: what they measure, what words say of "
            f"them, and their licences, as of snapshot {facts['snapshot']}."
        ),
        "url": f"urn:wordtone:catalogue:snapshot:{facts['snapshot']}",
        "license": _licences(licences),
        "creator": {"@type": "sc:Organization", "name": "the catalogue's owner"},
        "citeAs": (
            f"wordtone catalogue export, snapshot {facts['snapshot']}, {facts['created_at']}; "
            "authors of the music: attributions.csv"
        ),
        "datePublished": facts["created_at"],
        "dateCreated": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": f"1.0.{facts['snapshot']}",
        "isLiveDataset": False,
        **_rai(facts),
        "distribution": [_file_object(folder, name, t) for name, t in tables.items()],
        "recordSet": [_record_set(name, t.schema, about) for name, t in tables.items()],
    }
    write_json(folder / FILE, document)


def _licences(licences: Mapping[str, int]) -> list[str]:
    known = [licence for licence in licences if licence != "unknown"]
    return [licence_url(licence) or licence for licence in known] or ["unknown"]


def _rai(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rai:dataCollection": (
            "Files and metadata ingested by wordtone; features measured from the decoded audio, "
            "or imported from the set named in NAME_source."
        ),
        "rai:dataCollectionMissingData": (
            "A missing value is null and was not imputed; silence has no key, a drone no tempo."
        ),
        "rai:dataReleaseMaintenancePlan": (
            f"A snapshot ({facts['snapshot']}) of a warehouse that keeps its history."
        ),
        "rai:personalSensitiveInformation": ["names of artists and of holders of rights"],
        "rai:dataLimitations": [
            "Licences are those stated with the files on the day they were read; "
            "attributions.csv has the evidence."
        ],
    }


def _file_object(folder: Path, name: str, table: Written) -> dict[str, Any]:
    path = folder / table.file
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}-file",
        "name": table.file,
        "description": f"{table.rows} rows",
        "contentUrl": table.file,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256(path),
    }


def _record_set(name: str, schema: pa.Schema, about: Mapping[str, str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "key": [{"@id": f"{name}/{column}"} for column in _KEYS[name]],
        "field": list(_fields(name, schema, about)),
    }


def _fields(name: str, schema: pa.Schema, about: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for column in schema:
        repeated = pa.types.is_list(column.type)
        field = {
            "@type": "cr:Field",
            "@id": f"{name}/{column.name}",
            "name": column.name,
            "description": about.get(column.name, column.name),
            "dataType": _data_type(column.type.value_type if repeated else column.type),
            "source": {
                "fileObject": {"@id": f"{name}-file"},
                "extract": {"column": column.name},
            },
        }
        if repeated:
            field["repeated"] = True
        if name != "tracks" and column.name == "track_id":
            field["references"] = {"field": {"@id": "tracks/track_id"}}
        yield field


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    return "sc:Text"


def _column_texts(lake: Lake) -> dict[str, str]:
    """Column → what it holds: of the tables' own columns, and of features with unit and source."""
    tables: Mapping[str, TableSpec] = lake.tables
    found = {
        column.name: column.description
        for name in ("tracks", "tags", "rights")
        for column in tables[name].all_columns
    }
    for spec in lake.features:
        found[spec.name] = _about(spec)
        found[f"{spec.name}_source"] = f"where {spec.name} is from: override, extractor or set"
    return found | {
        "uri": "where the audio was read",
        "state": "whether that file was there when last listed",
        "split": "train, valid or test; null where the export was not split",
        "key_name": "the key in words",
    }


def _about(spec: FeatureSpec) -> str:
    return f"{spec.description} [{spec.unit}, {spec.minimum:g} … {spec.maximum:g}; {spec.source}]"
