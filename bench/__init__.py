"""Measured claims, each beside its rival in the same run. See README.md."""
