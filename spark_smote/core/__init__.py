"""How every sampler runs: parameters, planning, execution, chains, and the registry."""
