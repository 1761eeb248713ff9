"""NumPy and scikit-learn only: what happens inside one cell, readable and testable on plain arrays."""
