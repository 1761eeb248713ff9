"""PySpark's daemon, with the modules of its workers already imported.

After each task a worker collects garbage, and visits all imported objects: three quarters of its time in tests of few
rows. The collector skips objects that the daemon has imported and frozen, and the daemon imports once for all workers.
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
