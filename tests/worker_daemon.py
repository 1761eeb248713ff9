"""PySpark's daemon, which here has imported beforehand what its workers need.

After each task a worker collects garbage, and so goes through all that it has imported: three quarters of its time in
tests of few rows. What the daemon imports and freezes is passed over, and imported once instead of by each worker.
"""

import gc

import pandas  # noqa: F401
import pyarrow  # noqa: F401
import scipy.stats  # noqa: F401
import sklearn.neighbors  # noqa: F401
from pyspark import daemon, worker  # noqa: F401

if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    daemon.manager()
