"""Plots of a resampling and of a comparison. They need the extra ``plot``.

Each function returns a matplotlib figure to save (``figure.savefig("counts.png")``) or to show in a notebook.
"""

from spark_smote.evaluation.plots.counts import class_counts as class_counts
from spark_smote.evaluation.plots.curves import calibration as calibration
from spark_smote.evaluation.plots.curves import precision_recall as precision_recall
from spark_smote.evaluation.plots.distributions import Distance as Distance
from spark_smote.evaluation.plots.distributions import distances as distances
from spark_smote.evaluation.plots.distributions import distributions as distributions
from spark_smote.evaluation.plots.gallery import gallery as gallery
from spark_smote.evaluation.plots.nearness import nearness as nearness
from spark_smote.evaluation.plots.projection import projection as projection
from spark_smote.evaluation.plots.sample import ClassSample as ClassSample
from spark_smote.evaluation.plots.sample import Sample as Sample
from spark_smote.evaluation.plots.sample import sample as sample
