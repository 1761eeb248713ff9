"""Operations on DataFrames. No module here knows an algorithm; kernels come in as callables."""
