"""Backups: the log and what cannot be drawn anew from it, as plain files that any SQL database can be filled from.

Knows no service: `services/cli/log.py` says which tables are kept. The format is written down in decision 0024.
"""
