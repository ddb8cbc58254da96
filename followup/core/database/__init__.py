"""Django's PostgreSQL, with the login and the row security of whoever asks."""
