"""Backups on PostgreSQL's own tools: base backup, received log, encryption, restore, drill."""
