"""Bytes in and out: schemas, PDF, spreadsheets, files of the gateway."""
