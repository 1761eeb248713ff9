"""The batch job: ``spark-submit jobs/oversample.py --config conf/flights.yaml``; ``--help`` lists the options."""

import sys

from spark_smote.job.cli import main

if __name__ == "__main__":
    sys.exit(main(["resample", *sys.argv[1:]]))
