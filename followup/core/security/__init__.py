"""Who is at the door: accounts, sessions, second factors, tokens' hashes, encryption."""
