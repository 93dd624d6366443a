"""Recorded files: one small reader per format, found by what a file holds."""
