"""DataFrame plumbing; it knows no algorithm and reaches the kernels only as callables it is handed."""
