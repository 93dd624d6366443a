"""Predictions on labelled data, in the form the scorers read."""
