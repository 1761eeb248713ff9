"""The samplers, one file a family."""
