"""The command that fills a database with the demo's world."""
