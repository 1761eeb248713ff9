"""NumPy and SciPy only: what happens inside one cell, readable and testable on plain arrays."""
