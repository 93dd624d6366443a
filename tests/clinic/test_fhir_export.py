"""A patient as a FHIR R4 bundle: valid by the official schema and a library, and true to what the store says."""

import json
import random
import re
from datetime import timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from fhirclient.models.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.export_rows import (
    OTTER,
    START,
    chair_test,
    day,
    done,
    everything,
    heel_slide,
    of,
    planned,
    report,
    row,
    stance,
    up_and_go,
    verdict,
)
from imutrack.clinic.change import MEASURES, Verdict
from imutrack.clinic.export.codes import NOT_USED, PUBLISHED, SYSTEMS, UCUM
from imutrack.clinic.export.fhir import bundle, count_resources, to_json
from imutrack.clinic.export.fhir.building import instant, number, reference
from imutrack.clinic.export.own_codes import BASE, code_systems, value_code
from imutrack.clinic.self_reports import When
from imutrack.clinic.treatments import KINDS
from imutrack.flags import Quality
from imutrack.results import AngleKind, Mount
from imutrack.stores.schema import MEASUREMENTS
from imutrack.task import Mode, Purpose, Setting, Side

BERLIN = ZoneInfo("Europe/Berlin")
SCHEMA = jsonschema.Draft6Validator(
    json.loads((Path(__file__).parents[1] / "data" / "fhir" / "r4.schema.json").read_text(encoding="utf-8"))
)


def read(*rows):
    """The bundle as a reader gets it."""
    return json.loads(to_json(bundle(of(*rows), BERLIN)))


def made(*rows):
    """The bundle, valid by both; our code systems, the same in every bundle, are looked at once, in `whole`."""
    found = read(*rows)
    checked = found | {"entry": [each for each in found["entry"] if each["resource"]["resourceType"] != "CodeSystem"]}
    SCHEMA.validate(checked)
    Bundle(checked, strict=True)
    return found


def resources(found, kind):
    return [entry["resource"] for entry in found["entry"] if entry["resource"]["resourceType"] == kind]


def observations(found, code):
    return [each for each in resources(found, "Observation") if code in codes(each["code"])]


def codes(concept):
    return [coding["code"] for coding in concept.get("coding", ())]


def component(observation, code):
    (found,) = (each for each in observation["component"] if code in codes(each["code"]))
    return found


def walk(node):
    """Every object and value of a bundle."""
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(child)


@pytest.fixture(scope="module")
def whole():
    found = read(*everything())
    SCHEMA.validate(found)
    Bundle(found, strict=True)
    return found


def test_everything_a_patient_can_have_is_valid_by_the_schema_and_the_library(whole):
    assert count_resources(whole) == {
        "Patient": 1, "Device": 2, "CarePlan": 2, "Goal": 4, "ServiceRequest": 3, "Observation": 17,
        "Procedure": 2, "Flag": 1, "CodeSystem": 5,
    }  # fmt: skip


def test_a_patient_with_one_set_alone_is_valid():
    assert count_resources(made(heel_slide())) == {"Patient": 1, "Device": 1, "Observation": 1, "CodeSystem": 5}


def test_the_validators_refuse_what_is_no_fhir(whole):
    wrong = json.loads(json.dumps(whole))
    resources(wrong, "Observation")[0]["status"] = "done"
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(wrong)


def test_every_reference_leads_to_a_resource_of_the_bundle_and_every_id_is_used_once(whole):
    urls = [entry["fullUrl"] for entry in whole["entry"]]
    assert len(set(urls)) == len(urls)
    assert all(entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}" for entry in whole["entry"])
    referred = [
        node["reference"] for node in walk(whole) if isinstance(node, dict) and isinstance(node.get("reference"), str)
    ]
    assert referred
    assert set(referred) <= set(urls)


def test_every_reference_leads_to_a_resource_of_the_type_it_says_and_its_place_allows(whole):
    types = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in whole["entry"]}
    referred = [node for node in walk(whole) if isinstance(node, dict) and isinstance(node.get("reference"), str)]
    assert all(types[each["reference"]] == each["type"] for each in referred)
    allowed = {"subject": {"Patient"}, "device": {"Device"}, "basedOn": {"ServiceRequest", "CarePlan"},
               "goal": {"Goal"}, "replaces": {"CarePlan"}}  # fmt: skip
    for entry in whole["entry"]:
        for name, kinds in allowed.items():
            said = entry["resource"].get(name, [])
            assert {each["type"] for each in (said if isinstance(said, list) else [said])} <= kinds


def test_every_code_is_published_or_in_a_code_system_of_the_bundle(whole):
    own = {
        (system["url"], concept["code"]): concept["display"]
        for system in resources(whole, "CodeSystem")
        for concept in system["concept"]
    }
    published = {(each.system, each.code): each.display for each in PUBLISHED.values()}
    assert not own.keys() & published.keys()
    seen = [node for node in walk(whole) if isinstance(node, dict) and {"system", "code", "display"} <= node.keys()]
    assert seen
    for coding in seen:
        assert (own | published)[coding["system"], coding["code"]] == coding["display"]


def test_every_published_code_says_where_it_was_checked():
    assert all(each.checked and each.display and each.code for each in PUBLISHED.values())
    assert not any(system.startswith(BASE) for system in SYSTEMS)


def test_every_answer_that_is_stored_has_its_code():
    for field, answers in {"measure": MEASURES, "pain_when": When, "side": Side, "mode": Mode, "setting": Setting,
                           "purpose": Purpose, "quality": Quality, "mount": Mount, "angle_kind": AngleKind,
                           "verdict": [each.replace("_", " ") for each in Verdict]}.items():  # fmt: skip
        assert all(value_code(field, str(answer)) for answer in answers), field


def test_codes_of_code_systems_are_unique_and_are_codes(whole):
    for system in resources(whole, "CodeSystem"):
        listed = [concept["code"] for concept in system["concept"]]
        assert len(set(listed)) == len(listed) == system["count"]
        assert all(re.fullmatch(r"[A-Za-z0-9_.\-]+", code) for code in listed)


def test_every_unit_of_the_schema_has_its_ucum_code_and_every_quantity_has_a_unit(whole):
    of_patients = [kind for kind in MEASUREMENTS.values() if "patient" in kind.tags]
    assert {field.unit for measurement in of_patients for field in measurement.fields} <= set(UCUM)
    quantities = [node["valueQuantity"] for node in walk(whole) if isinstance(node, dict) and "valueQuantity" in node]
    assert quantities
    assert {each["system"] for each in quantities} == {"http://unitsofmeasure.org"}
    assert all(each.get("unit", "1") == each["code"] for each in quantities)


def test_a_name_a_licence_or_what_people_wrote_is_nowhere(whole):
    text = json.dumps(whole)
    for private in ("Brown", "Jones", "Smith", "Peter", "slept", "hurts", "PT-4711", "counted along"):
        assert private not in text
    (patient,) = resources(whole, "Patient")
    assert set(patient) == {"resourceType", "id", "identifier"}
    assert patient["identifier"] == [{"system": f"{BASE}/sid/pseudonym", "value": OTTER}]


def test_no_number_is_without_a_value():
    found = made(heel_slide(rom_best3_deg=float("nan"), hold_s=float("inf")))
    assert not any(node != node for node in walk(found))  # NaN alone differs from itself
    (observation,) = resources(found, "Observation")
    for name in ("rom_best3_deg", "hold_s"):
        assert codes(component(observation, f"exercise_set.{name}")["dataAbsentReason"]) == ["unknown"]


def test_a_set_says_what_was_done_when_and_how_far_with_its_error():
    found = made(heel_slide(), planned())
    (observation,) = resources(found, "Observation")
    assert observation["status"] == "final"
    assert codes(observation["code"]) == ["73985-4", "exercise_set"]
    assert codes(observation["valueCodeableConcept"]) == ["heel_slide"]
    assert observation["effectivePeriod"] == {
        "start": "2026-02-25T07:13:20.250+01:00", "end": "2026-02-25T07:14:00.250+01:00"
    }  # fmt: skip
    rom = component(observation, "exercise_set.rom_best3_deg")
    assert rom["valueQuantity"] == {
        "value": 84.533,
        "unit": "deg",
        "system": "http://unitsofmeasure.org",
        "code": "deg",
    }
    assert rom["code"]["text"].endswith("knee angle (two sensors)")
    assert component(observation, "exercise_set.rom_error_deg")["valueQuantity"]["value"] == 2.4
    assert component(observation, "exercise_set.reps")["valueQuantity"] == {
        "value": 9, "system": "http://unitsofmeasure.org", "code": "1"
    }  # fmt: skip
    assert codes(component(observation, "exercise_set.side")["valueCodeableConcept"]) == ["side.left", "419161000"]
    worn = [each for each in observation["component"] if "exercise_set.placement" in codes(each["code"])]
    assert [codes(each["valueCodeableConcept"]) for each in worn] == [["thigh"], ["shank"]]
    assert codes(component(observation, "55411-3")["code"]) == ["55411-3", "exercise_set.duration_s"]


def test_a_range_of_motion_never_has_a_code_of_a_joint_position(whole):
    for node in walk(whole):
        if isinstance(node, dict) and any("rom_" in code for code in codes(node)):
            assert all(coding["system"].startswith(BASE) for coding in node["coding"])


def test_an_unsure_count_is_absent_with_its_reason_and_a_note():
    unsure = heel_slide(reps=None, reps_low=9, reps_high=10, reps_counted=None)
    (observation,) = resources(made(unsure), "Observation")
    reps = component(observation, "exercise_set.reps")
    assert "valueQuantity" not in reps
    assert codes(reps["dataAbsentReason"]) == ["unknown"]
    assert {"text": "repetitions: 9 to 10, not sure"} in observation["note"]


def test_zero_repetitions_are_a_number_and_not_absent():
    (observation,) = resources(made(heel_slide(reps=0, reps_low=0, reps_high=0, reps_counted=0)), "Observation")
    assert component(observation, "exercise_set.reps")["valueQuantity"]["value"] == 0


def test_a_corrected_set_is_amended_and_says_by_whom_and_from_what():
    (observation,) = resources(made(heel_slide(reps=9, reps_counted=10, corrected_by="MB")), "Observation")
    assert observation["status"] == "amended"
    assert {"text": "repetitions: 9 (counted 10, corrected by MB)"} in observation["note"]


def test_a_set_that_was_set_aside_keeps_its_id_and_loses_its_numbers():
    (valid,) = resources(made(heel_slide()), "Observation")
    (void,) = resources(made(heel_slide(withdrawn=True)), "Observation")
    assert void["id"] == valid["id"]
    assert void["status"] == "entered-in-error"
    assert not {"component", "valueCodeableConcept", "device"} & void.keys()


def test_two_recordings_may_have_results_of_the_same_short_id():
    found = made(heel_slide(), heel_slide(start=START + 60, recording="d" * 64))
    assert len({each["id"] for each in resources(found, "Observation")}) == 2


def test_synthetic_data_is_marked_as_test_data_and_says_so_in_words():
    (observation,) = resources(made(heel_slide(label_source="synthetic")), "Observation")
    assert observation["meta"]["security"][0]["code"] == "HTEST"
    assert any("No person moved" in note["text"] for note in observation["note"])


def test_where_a_program_made_all_results_everything_is_marked_as_test_data():
    found = made(heel_slide(label_source="synthetic"), report(pain=3))
    assert all(each["resource"]["meta"]["security"][0]["code"] == "HTEST" for each in found["entry"])
    assert [each["code"] for each in found["meta"]["security"]] == ["PSEUDED", "HTEST"]


def test_a_real_patient_is_not_marked_as_test_data(whole):
    assert [each["code"] for each in whole["meta"]["security"]] == ["PSEUDED"]


def test_an_exercise_or_placement_the_catalogue_does_not_have_is_given_in_words():
    odd = row("exercise_set", tags={"exercise": "garden_work"}, **done("aaaa-0009", placement="left boot"))
    (observation,) = resources(made(odd), "Observation")
    assert observation["valueCodeableConcept"] == {"text": "garden work"}
    assert component(observation, "exercise_set.placement")["valueCodeableConcept"] == {"text": "left boot"}


def test_balance_trials_and_tests_are_exams_with_their_main_number():
    found = made(stance(), chair_test(), chair_test("aaaa-0005", "five_times", rises_in_30_s=None), up_and_go())
    trial, thirty, five, walk_test = resources(found, "Observation")
    assert {codes(each["category"][0])[0] for each in (trial, thirty, five, walk_test)} == {"exam"}
    assert component(trial, "stance.rms_mps2")["valueQuantity"]["code"] == "m/s2"
    assert component(thirty, "66247-8")["valueQuantity"]["code"] == "{#}/(30.s)"
    assert codes(component(five, "sit_to_stand.total_s")["dataAbsentReason"]) == ["unknown"]
    assert component(walk_test, "89423-8")["valueQuantity"]["value"] == 12.5


def test_the_published_code_of_the_up_and_go_is_for_the_usual_pace_alone():
    (observation,) = resources(made(up_and_go(trial="fast_pace")), "Observation")
    assert codes(component(observation, "timed_up_and_go.total_s")["code"]) == ["timed_up_and_go.total_s"]


def test_a_trial_on_a_force_plate_is_not_said_to_lack_a_worn_sensor():
    plate = stance(rms_mps2=None, cop_rms_m=0.004)
    (observation,) = resources(made(plate), "Observation")
    assert not any("dataAbsentReason" in each for each in observation["component"])


def test_pain_effort_and_breaking_off_are_observations_and_words_alone_are_none():
    found = made(heel_slide(), report(pain=0, pain_when="worst", exertion=6, stop=True), report("e2", text="fine"))
    pain, effort, stop = (each for each in resources(found, "Observation") if "survey" in codes(each["category"][0]))
    assert codes(pain["code"])[0] == "72514-3"
    assert pain["valueQuantity"]["value"] == 0
    assert codes(pain["component"][0]["valueCodeableConcept"]) == ["pain_when.worst"]
    assert effort["valueQuantity"]["code"] == "{score}"
    assert stop["valueBoolean"] is True


def test_missing_pain_is_no_observation():
    assert not observations(made(heel_slide(), report(exertion=3)), "72514-3")


def test_a_treatment_is_a_procedure_with_its_time(whole):
    massage, call = resources(whole, "Procedure")
    assert codes(massage["code"]) == ["massage"]
    assert massage["performedPeriod"] == {
        "start": "2026-02-25T08:13:20.250+01:00", "end": "2026-02-25T08:33:20.250+01:00"
    }  # fmt: skip
    assert massage["bodySite"] == [{"text": "left calf"}]
    assert "performedDateTime" in call
    assert set(KINDS) >= {*codes(massage["code"]), *codes(call["code"])}


def test_a_set_is_based_on_the_order_of_its_plan_version_and_side():
    found = made(heel_slide(), heel_slide("aaaa-0006", side="right"), planned(), planned(2, from_date="2026-03-01"))
    left, right = resources(found, "Observation")
    assert left["basedOn"] == [reference("ServiceRequest", OTTER, "1", "1")]
    assert right["basedOn"] == [reference("CarePlan", OTTER, "1")]


def test_a_plan_that_was_replaced_ends_the_day_before_and_is_named_by_its_successor(whole):
    first, second = resources(whole, "CarePlan")
    assert first["status"] == "revoked"
    assert first["period"] == {"start": "2026-02-20", "end": "2026-02-23"}
    assert second["status"] == "active"
    assert second["period"] == {"start": "2026-02-24"}
    assert second["replaces"] == [reference("CarePlan", OTTER, "1")]


def test_a_plan_stays_active_until_the_day_its_successor_begins():
    found = made(planned(), planned(2, from_date="2026-03-01"), day("2026-02-25"))
    assert [each["status"] for each in resources(found, "CarePlan")] == ["active", "active"]


def test_an_order_says_what_is_asked_in_words_and_how_often_in_a_timing(whole):
    order = resources(whole, "ServiceRequest")[0]
    assert codes(order["code"]) == ["229065009"]
    assert order["code"]["text"] == "Heel slide"
    said = {detail.get("text") for detail in order["orderDetail"]}
    assert {"Repetitions of a set: 10", "Range of motion the plan asks for: 90 deg"} <= said
    repeat = order["occurrenceTiming"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (5, 1, "wk")


def test_a_goal_has_the_range_asked_for_and_the_day_of_review(whole):
    goal = next(each for each in resources(whole, "Goal") if "90 deg" in each["description"]["text"])
    assert goal["target"][0]["detailQuantity"]["value"] == 90.0
    assert goal["target"][0]["dueDate"] == "2026-04-01"


def test_a_verdict_is_an_observation_whose_value_is_the_verdict():
    held = verdict(measure="sway", exercise="eyes_closed", side=None, angle_kind=None, placement="lumbar",
                   algorithm="sway 1", unit="m/s2", verdict="no real change", held=True)  # fmt: skip
    found = made(verdict(), held)
    rom, sway = observations(found, "change")
    assert codes(rom["valueCodeableConcept"]) == ["verdict.more"]
    assert component(rom, "change.mdc")["valueQuantity"]["code"] == "deg"
    assert codes(sway["valueCodeableConcept"]) == ["verdict.no-real-change"]
    assert component(sway, "change.held")["valueBoolean"] is True
    assert component(sway, "change.latest")["valueQuantity"]["code"] == "m/s2"
    assert component(sway, "change.difference")["valueQuantity"]["code"] == "%"
    assert rom["note"] == [{"text": "more than at the start, 70 to 85 degrees"}]


def test_a_verdict_on_counted_rises_has_no_unit():
    rises = verdict(measure="rises_30s", exercise="thirty_seconds", side=None, mode=None, unit="rises")
    (observation,) = observations(made(rises), "change")
    assert component(observation, "change.latest")["valueQuantity"]["code"] == "1"


def test_the_last_day_alone_gives_the_adherence_and_red_days_are_flags(whole):
    (last,) = observations(whole, "patient_day")
    assert last["effectiveDateTime"] == "2026-02-25"
    assert component(last, "patient_day.reps_pct_7d")["valueQuantity"]["value"] == 61.5
    (flag,) = resources(whole, "Flag")
    assert flag["status"] == "inactive"
    assert flag["period"] == {"start": "2026-02-24", "end": "2026-02-24"}
    (open_flag,) = resources(made(day("2026-02-25", 3)), "Flag")
    assert open_flag["status"] == "active"


def test_components_do_not_repeat_the_value_of_their_observation(whole):
    for each in resources(whole, "Observation"):  # invariant obs-7 of R4
        if any(name.startswith("value") for name in each):
            inner = {code for part in each.get("component", ()) for code in codes(part["code"])}
            assert not inner & set(codes(each["code"]))


def test_a_missing_value_and_a_value_never_stand_together(whole):
    for node in walk(whole):  # invariant obs-6 of R4
        if isinstance(node, dict) and "dataAbsentReason" in node:
            assert not any(name.startswith("value") for name in node)


def test_the_order_of_the_rows_does_not_change_a_byte():
    rows = everything()
    once = to_json(bundle(of(*rows), BERLIN))
    random.Random(5).shuffle(rows)  # noqa: S311 - an order, not a secret
    assert to_json(bundle(of(*rows), BERLIN)) == once


@settings(max_examples=40)  # each is checked by two validators
@given(
    reps=st.none() | st.integers(0, 400),
    rom_deg=st.none() | st.floats(0, 180),
    smoothness=st.floats(-1e6, 1e6),
    flags=st.text(max_size=40),
    label=st.text(max_size=20),
    start=st.floats(0, 4e9),
)
def test_any_set_is_valid(reps, rom_deg, smoothness, flags, label, start):
    low, high = (reps, reps) if reps is not None else (1, 3)
    said = done("aaaa-0001", reps=reps, reps_low=low, reps_high=high, rom_best3_deg=rom_deg, smoothness=smoothness)
    made(row("exercise_set", start, {"exercise": label} if label else {}, **said, flags=flags or None))


def test_numbers_keep_five_digits_and_what_is_no_number_is_refused():
    assert number(0.1 + 0.2) == 0.3
    with pytest.raises(ValueError, match="no number"):
        number(float("nan"))


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (ZoneInfo("Europe/Berlin"), "2026-10-25T02:30:00.000+02:00"),
        (timezone(timedelta(hours=5, minutes=45)), "2026-10-25T06:15:00.000+05:45"),
        (timezone(timedelta(hours=14, minutes=30)), "2026-10-25T00:30:00.000+00:00"),
        (timezone(timedelta(seconds=-2670)), "2026-10-25T00:30:00.000+00:00"),
    ],
)
def test_a_time_has_an_offset_that_fhir_can_write(zone, text):
    assert instant(1_792_888_200.0, zone) == text


PAGE = (Path(__file__).parents[2] / "docs" / "fhir.md").read_text(encoding="utf-8")
SHORT = {"http://loinc.org": "LOINC", "http://snomed.info/sct": "SNOMED CT"}


def table(head, lines):
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *lines))


@pytest.mark.parametrize(
    "expected",
    [
        table(
            ["system", "code", "display", "checked in"],
            [
                [SHORT.get(each.system) or each.system.rsplit("/", 1)[-1], each.code, each.display, each.checked]
                for each in PUBLISHED.values()
            ],
        ),
        table(["code", "why it is not used"], [[code, why] for code, why in NOT_USED.items()]),
        table(["schema", "UCUM"], [[unit or "(none)", f"`{ucum}`"] for unit, ucum in sorted(UCUM.items())]),
        table(
            ["code system", "what it lists", "codes"],
            [[f"`{each['url']}`", each["title"], str(each["count"])] for each in code_systems()],
        ),
    ],
    ids=["published", "not used", "units", "own"],
)
def test_the_tables_of_the_page_are_those_of_the_code(expected):
    assert expected in PAGE, f"put this into docs/fhir.md:\n{expected}"
