"""One patient as a FHIR R4 (4.0.1) Bundle.

A ``collection``: the resources as they stand in the clinic, to be read, filed or loaded by whoever receives them. A
``transaction`` would tell a server what to do, and the clinic does not know that server. The page ``docs/fhir.md``
describes the mapping.
"""

from datetime import tzinfo

import orjson

from imutrack.clinic.export.fhir.building import Resource, coding, fhir_id, identifier
from imutrack.clinic.export.fhir.entries import changes, flags, last_day, procedures, reports
from imutrack.clinic.export.fhir.plans import Plans, plan_resources
from imutrack.clinic.export.fhir.results import observation
from imutrack.clinic.export.own_codes import code_systems
from imutrack.clinic.export.records import Records
from imutrack.stores.schema import RESULT_MEASUREMENTS

__all__ = ["bundle", "count_resources", "to_json"]


def bundle(records: Records, zone: tzinfo) -> Resource:
    """Return everything of a patient as a Bundle; the same records give the same bundle.

    Args:
        records: of one patient.
        zone: the clinic's, for local times.
    """
    patient = records.patient
    days = records.of_kind("patient_day")
    plans = Plans(records.of_kind("plan"), days[-1].text("local_date") if days else None)
    resources = [
        _patient(patient),
        *_devices(records),
        *plan_resources(plans, zone),
        *(observation(row, zone, plans.based_on) for name in RESULT_MEASUREMENTS for row in records.of_kind(name)),
        *reports(records.of_kind("self_report"), zone),
        *procedures(records.of_kind("treatment"), zone),
        *changes(records.of_kind("change")),
        *last_day(days),
        *flags(days),
        *(resource | {"id": fhir_id("CodeSystem", resource["url"])} for resource in code_systems()),
    ]
    if records.synthetic:
        resources = [resource | {"meta": {"security": [coding("test data")]}} for resource in resources]
    return {
        "resourceType": "Bundle",
        "id": fhir_id("Bundle", patient),
        "meta": {"security": [coding("pseudonymized"), *([coding("test data")] if records.synthetic else [])]},
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
    }


def to_json(made: Resource) -> bytes:
    """Return a bundle as it is written: UTF-8, without blanks, keys in the order they were made."""
    return orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)


def count_resources(made: Resource) -> dict[str, int]:
    """Return how many resources of each type a bundle holds, in their order."""
    counts: dict[str, int] = {}
    for entry in made["entry"]:
        name = entry["resource"]["resourceType"]
        counts[name] = counts.get(name, 0) + 1
    return counts


def _patient(patient: str) -> Resource:
    return {
        "resourceType": "Patient",
        "id": fhir_id("Patient", patient),
        "identifier": [identifier("pseudonym", patient)],
    }


def _devices(records: Records) -> list[Resource]:
    """Return what computed the results: one Device for each version of an algorithm."""
    versions = {
        str(row.fields["algorithm"])
        for name in (*RESULT_MEASUREMENTS, "change")
        for row in records.of_kind(name)
        if row.fields.get("algorithm")
    }
    return [
        {
            "resourceType": "Device",
            "id": fhir_id("Device", version),
            "deviceName": [{"name": "imutrack", "type": "model-name"}],
            "type": {"text": "software"},
            "version": [{"type": {"text": "algorithm"}, "value": version}],
        }
        for version in sorted(versions)
    ]
