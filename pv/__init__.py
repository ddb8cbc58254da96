"""What a marketing authorisation holder and a safety officer answer for; built on `followup`.

The nouns: case, case version, source, clock, submission, work-up, monitoring item, commitment,
milestone, periodic report. The same floors as below, and between doors and actions one table,
`fact_handlers`: what safety does when follow-up reports a fact. `adapters` turn values into bytes
and back; `domain` holds clocks, E2B(R3), statistics and forecasts; `config` is the composition
root, which nobody imports.

Start reading at `fact_handlers.py`, then `actions/cases/drafting.py`.
"""
