"""Where results are kept: the one schema table and the stores built from it."""
