"""The validation pack and the table of figures, made of what a run of the tests showed."""
