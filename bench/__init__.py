"""Measurements of the package against the course's way, in one table: `make bench`."""
