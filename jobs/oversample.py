"""The batch job: ``spark-submit jobs/oversample.py --config conf/flights.yaml``."""

import sys

from spark_smote.cli import main

if __name__ == "__main__":
    sys.exit(main())
