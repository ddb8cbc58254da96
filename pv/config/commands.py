"""Which commands need neither database nor broker; read before Django is."""

# These work on files and on the reference data that ships with the code: no database, no secret.
WITHOUT_SERVICES = frozenset(
    "plan clock validate_icsr roundtrip_icsr diff_icsr read_ack explain_element "
    "load_e2b_schemas state_diagrams".split()
)
