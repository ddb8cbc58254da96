"""A migration that was released is never rewritten: a register in use has already run it."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RELEASED = {
    "followup/core/migrations/0001_initial.py": "f828fa154a5fbbf7",
    "followup/core/migrations/0002_draft_of_one_form.py": "86e9ef9210ca61e2",
    "followup/core/migrations/0003_first_password_and_last_day_of_a_grant.py": "e9351aeb87a6075a",
    "followup/core/migrations/0004_job_state_known.py": "b834170056a1213a",
    "followup/core/migrations/0005_sign_in.py": "0711a212b9390272",
    "followup/core/migrations/0006_signatures.py": "e8baecc12ac951bf",
    "followup/core/migrations/0007_seal_locks_and_reviews.py": "8feb46a7183593d6",
    "followup/core/migrations/0008_anchor_waits_until_done.py": "3a218c63cb3d18e4",
    "followup/core/migrations/0009_recovery_drills.py": "ede409d7dca60325",
    "followup/core/migrations/0010_grants_by_two_persons.py": "656490f714bcc9b2",
    "followup/core/migrations/0011_access_reviews.py": "93e60178fbaf15d3",
    "followup/core/migrations/0012_identity_reveals.py": "b859975797678191",
    "followup/migrations/0001_initial.py": "5d379f503e4fe306",
    "followup/migrations/0002_constraints.py": "20e20d8bb6dbfed0",
    "followup/migrations/0003_pregnancy.py": "f624801ae6089f54",
    "followup/migrations/0004_follow_up_decisions.py": "10b4350a2d97da2a",
    "followup/migrations/0005_event_suspicion_and_withdrawal.py": "0e69a7c4271a368a",
    "followup/migrations/0006_samples_border_and_reported_numbers.py": "68a80c34cb958ef0",
    "followup/migrations/0007_visits_before_the_register.py": "c13191560e01bf2d",
    "followup/migrations/0008_one_document_one_person.py": "b9084268dcdcf026",
    "followup/migrations/0009_states_of_the_tables.py": "a1063ff19b01d779",
    "followup/migrations/0010_laboratory_results.py": "3ce0a5944167cd26",
    "followup/migrations/0011_laboratory_files.py": "94cb250a6212f1c8",
    "followup/migrations/0012_protocols_cohorts_and_views.py": "63e6c305c73302ed",
    "followup/migrations/0013_laboratory_messages.py": "56dab879393c5c5d",
    "pv/migrations/0001_initial.py": "49f7b21d45dba831",
    "pv/migrations/0002_watchitem.py": "64ba35e6e8c4fdbf",
    "pv/migrations/0003_case_receivers_and_narrative_basis.py": "f6c9bda838cef4b0",
    "pv/migrations/0004_received_reports.py": "60b37e2ea07c8c8a",
    "pv/migrations/0005_awareness_and_sending.py": "b829be094d82b8df",
    "pv/migrations/0006_case_steps_and_readings.py": "efa778a0b6e45cb4",
    "pv/migrations/0007_nullified_on.py": "6f16c2007dd4d08a",
    "pv/migrations/0008_unexpected_and_related.py": "31cd0ab15f127373",
    "pv/migrations/0009_states_of_the_tables.py": "de4c7b0cfee7e0e9",
    "pv/migrations/0010_transmissions.py": "4c145275e613c00a",
    "pv/migrations/0011_channels.py": "7f8e1ab10b0283d9",
    "pv/migrations/0012_dictionaries.py": "1015177da1c5ee85",
    "pv/migrations/0013_signals_and_certificates.py": "efeed5e81410cc0c",
    "followup/migrations/0014_storage.py": "dcbfda901ad718f9",
    "followup/migrations/0015_data_queries.py": "dbb3e41d4ff830b4",
    "followup/migrations/0017_registrations_merged_or_voided.py": "0e1f1f1e5ebe8cd9",
    "followup/migrations/0018_batches_of_contacts.py": "f2fb72f31d8f8b81",
    "pv/migrations/0014_work_up_tasks_duplicates_and_late_reports.py": "d7d4079d5db75e53",
    "pv/migrations/0015_label_versions_and_expectedness.py": "8cf1d70d104d3ac4",
    "pv/migrations/0016_channel_certificates_and_messages.py": "ee1367122b652b57",
    "followup/migrations/0019_appointments_call_backs_and_carers.py": "7cbfab7c6e2c1f4a",
    "followup/migrations/0016_saved_reports.py": "eea649f4de4c4de4",
    "pv/migrations/0017_aggregate_reports.py": "128a76b48c531c12",
    "pv/migrations/0018_coding_registers_and_lots.py": "a0c6a5fd2070cbfd",
    "pv/migrations/0019_triage_absences_and_coded_clock_stops.py": "e4afb3dc6a4dc173",
    "pv/migrations/0020_literature_screening.py": "3f88ffd417976498",
    "followup/migrations/0020_keys_of_people_and_files.py": "eb6f1aff07925202",
    "followup/migrations/0021_files_of_patients.py": "0abfd3867e6fe2be",
    "followup/migrations/0022_consent_versions_and_withdrawals.py": "f79200f75f603adb",
    "followup/migrations/0023_questions_of_the_holder.py": "ff7499cf2b4875b2",
    "followup/migrations/0024_signed_and_locked_visits.py": "43b392ea0d23fbcf",
    "followup/migrations/0025_erased_identities.py": "e6a3fca78471c9d0",
    "followup/migrations/0026_questionnaires_of_patients.py": "70ea2f70bb9064b1",
    "followup/migrations/0027_clinical_assessments.py": "724f13d1a7b72926",
    "followup/migrations/0028_source_data_verification.py": "2afd775c56a31f61",
    "pv/migrations/0021_owner_before_triage.py": "635816feda3ede8f",
    "pv/migrations/0022_authorisations_and_unplanned_reports.py": "ff5980df679f2e03",
    "pv/migrations/0023_partner_agreements.py": "d04849f5b746a801",
    "pv/migrations/0024_follow_up_requests.py": "a3154a9d5ae5d6d1",
    "pv/migrations/0025_who_returned_told_and_closed.py": "25def3b8cf1eb280",
    "pv/migrations/0026_partner_reconciliations.py": "f976f6d2b84cb238",
    "pv/migrations/0027_unlocked_versions.py": "7fb83ee870ab57eb",
    "pv/migrations/0028_linked_cases.py": "42087219150755b9",
    "pv/migrations/0029_channels_by_sftp.py": "9c149dc79e695ba7",
    "pv/migrations/0030_risk_management_plans.py": "4352cfea25ac5a2f",
    "pv/migrations/0031_channels_to_the_fda.py": "10c31ca583e477ad",
    "pv/migrations/0032_coded_rejections_and_repeated_lines.py": "cf053b86004ad394",
    "pv/migrations/0033_forecast_scenarios.py": "c356dca93d071bf1",
    "pv/migrations/0034_classifications_of_products.py": "101a29e677263145",
    "pv/migrations/0035_causality_assessments.py": "7d28ed0cbc8252ca",
    "pv/migrations/0036_coded_reasons_of_hits.py": "1cab3d49df6532af",
    "pv/migrations/0037_interactions_evidence_and_studies.py": "3a2a1ad4019e780d",
    "followup/core/migrations/0013_single_sign_on.py": "758a1d815b8af73a",
    "followup/core/migrations/0014_message_channels.py": "5ce902929c67a268",
    "followup/core/migrations/0015_wechat_interfaces_and_patient_messages.py": "27ad1ef07e148780",
    "followup/migrations/0029_messages_to_patients.py": "e605025ed2c7707e",
    "pv/migrations/0038_repeats_of_integration_site_analyses.py": "1743dc6ab9a7cce1",
    "pv/migrations/0039_study_limits_kept.py": "30fdc50442b9dd13",
    "pv/migrations/0040_clocks_in_hours.py": "d1ddd216f8e7e55c",
    "followup/core/migrations/0016_job_titles_as_words.py": "b170cf96f4ecb664",
    "followup/migrations/0030_sampling_kits.py": "9a880454ee0b2f44",
    "followup/migrations/0031_hospital_reports.py": "97176cd01469fe95",
    "followup/migrations/0032_kit_uses_of_a_product.py": "01456f24254eb6ad",
    "followup/migrations/0033_practice_patients.py": "e69ae00cc1dbd941",
    "pv/migrations/0041_files_and_channels_of_partners.py": "fe375231b26bdf56",
    "followup/migrations/0034_kits_forwarded_and_arrived.py": "d3afbb4eb48983e1",
    "pv/migrations/0042_comments_on_commitments.py": "3301f6263b090748",
    "pv/migrations/0043_duty_days_and_withdrawn_duty_records.py": "411884f7fa39a166",
    "followup/migrations/0035_products_entered_by_two_persons.py": "e478bf717d2e5f25",
    "pv/migrations/0044_entries_of_products_and_indications.py": "14c0fd8958e72a63",
    "followup/migrations/0036_laboratory_specimen_kinds.py": "65386e869d1731ca",
    "followup/core/migrations/0017_kept_progress_of_jobs.py": "8bb368124297e2e4",
    "followup/migrations/0037_searched_erasures.py": "3c2c48efdc86fd06",
    "pv/migrations/0045_reminders_to_centres.py": "107e2c21c53860d8",
    "pv/migrations/0046_cases_of_direct_reports.py": "9a5a9a72ecf66161",
    "pv/migrations/0047_answers_unclear_or_in_part.py": "ca0b4320c13f2db0",
    "pv/migrations/0048_cycles_of_authorisations_abroad.py": "4f95d18662915561",
    "followup/migrations/0038_words_of_laboratory_problems.py": "e81866a01d940ae4",
    "pv/migrations/0049_words_of_acknowledgement_problems.py": "7da0b1811b859489",
    "pv/migrations/0050_refused_messages_as_they_came.py": "e9b67ebe610f0229",
    "pv/migrations/0051_proofs_of_filings_by_hand.py": "75f9b0d776760497",
    "followup/migrations/0039_patients_transferred_between_sites.py": "13feac39f6863aac",
    "followup/migrations/0040_words_of_transfers.py": "6225588c3188cde6",
}


@pytest.mark.parametrize("path", RELEASED)
@pytest.mark.requirement("P11-10k")
def test_a_released_migration_stays_as_it_is(path: str) -> None:
    found = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:16]
    assert found == RELEASED[path], f"{path}: write a new migration instead of changing this one"


def test_every_migration_is_listed_here_once_it_is_released() -> None:
    files = {
        str(file.relative_to(ROOT))
        for package in ("followup", "followup/core", "pv")
        for file in (ROOT / package / "migrations").glob("0*.py")
    }
    assert files == set(RELEASED)
