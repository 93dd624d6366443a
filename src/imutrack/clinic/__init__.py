"""The clinic's own layer: who the patients are."""
