"""Row-level security: PostgreSQL keeps the scope table once more, for every login but the owner's.

`contexts` says on whose behalf the present code asks, `keys` what that person reaches, `policies`
what PostgreSQL asks of each row. The connection (`followup.core.database`) carries the one to the
other.
"""
