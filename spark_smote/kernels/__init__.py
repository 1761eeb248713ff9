"""The numerical work inside one cell, on plain NumPy arrays. No module of this package imports pyspark."""
