"""What a hospital does for a patient; it could run alone.

The nouns: site, product, patient, identity, consent, infusion, protocol, schedule, planned visit,
visit, contact attempt, status (traced, lost, elsewhere, withdrawn), adverse event, sample,
molecular result, notice. Each has the same file name on every floor.

The floors, imports only go down: `web`, `api`, `tasks` and `management` are doors (parse, one call
down, render); `actions` are every write, `queries` every read, both with the actor first; `models`
are tables and constraints; `core` is the ground of the whole system (actor, permissions, the action
door, audit, scope, clock, jobs, notices, sealed identity); `domain` is pure rules.

Start reading at `actions/patients.py`, then `core/action.py` and `core/scope.py`.
"""
