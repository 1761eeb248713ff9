"""Which rows, and why: one file for each published method."""
