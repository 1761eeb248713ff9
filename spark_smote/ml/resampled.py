"""An estimator that is fitted on resampled rows; its model scores rows as they are."""

from __future__ import annotations

from typing import Any

from pyspark.ml import Model, Pipeline, PipelineModel
from pyspark.ml.param import Params
from pyspark.ml.param.shared import HasFeaturesCol, HasLabelCol, HasPredictionCol, HasRawPredictionCol
from pyspark.ml.util import MLWriter
from pyspark.sql import DataFrame

from spark_smote.core.chain import Chain, flat, passing
from spark_smote.core.parameter import BOOL, TRUE_OR_FALSE, Parameter
from spark_smote.core.params import StagingParams
from spark_smote.core.parts import PartsReader, PartsWriter
from spark_smote.core.stages import check_estimator, check_grid, probabilistic
from spark_smote.errors import ParameterError
from spark_smote.ml.fitting import check_columns, check_labels, class_counts, needed, nullable
from spark_smote.ml.prior import PriorCorrection
from spark_smote.spark.cached import FrameCache

STAGING = ("stagingPath", "stagingTable")
_HANDED_ON = ("labelCol", "featuresCol", "predictionCol", "rawPredictionCol", *STAGING)


class Resampled(Pipeline, StagingParams, HasLabelCol, HasFeaturesCol, HasPredictionCol, HasRawPredictionCol):
    """Fits an estimator on resampled rows, and returns the estimator's own model.

    To Spark ML it is a pipeline of samplers and an estimator, so it works as a
    stage of other pipelines, in ``CrossValidator`` and ``TrainValidationSplit``
    with grids over parameters of both, and under ``OneVsRest``. Rows are
    resampled in ``fit`` only. The fitted model is stock Spark, and scores
    validation folds and new rows unchanged.

    Parameters
    ----------
    sampler : sampler, chain, or list of these
        Each step resamples the result of the step before it. Copies are taken,
        which keep the samplers' uids, so grids over the parameters of the
        samplers given reach them.
    estimator : pyspark.ml.Estimator
        A classifier, or a pipeline that ends in one.
    correctPrior : bool, default False
        Whether the model's probabilities are corrected for the class shares
        before resampling, see :class:`PriorCorrection`. The model is then a
        stock ``PipelineModel``, which adds the uncorrected probabilities as
        ``<probabilityCol>_resampled``, and the corrected ones before
        normalisation as ``<probabilityCol>_scaled``.
    labelCol, featuresCol, predictionCol, rawPredictionCol : str, optional
        Set on copies of the samplers and of the estimator by ``fit``, where
        given; ``OneVsRest`` sets them.
    stagingPath, stagingTable : str, optional
        Where to keep the resampled rows while the estimator is fitted, in place
        of Spark's cache; set on copies of the samplers as well, which say more
        about them.

    Raises
    ------
    ParameterError
        For a sampler or an estimator of another kind; a grid with parameters of
        neither; ``correctPrior`` with an estimator that gives no probabilities.
    ColumnError
        If the samplers and the estimator read different label columns, labels
        are not numbers, or synthetic rows would have none of the features or
        weights that the estimator needs.

    Notes
    -----
    Samplers and a predictor of Spark ML are given only the columns that their
    parameters name: features, label, weight, inherited columns. Estimators of
    other kinds, such as pipelines and validators, are given all columns, and so
    is RandomUnderSampler, which draws by whole rows. Columns without a value in
    synthetic rows are null there, whether or not the input's column is
    nullable. A ratio that the classes have reached already changes nothing,
    unless a sampler's ``ifBalanced`` is 'error'. The resampled rows are cached
    while the estimator is fitted, where the platform can.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression
    >>> from pyspark.ml.functions import array_to_vector
    >>> from pyspark.sql import functions as F
    >>> from spark_smote import SMOTE
    >>> from spark_smote.ml import Resampled
    >>> df = spark.range(120).selectExpr("CAST(id % 12 = 0 AS DOUBLE) AS label", "id * 1.0D AS amount")
    >>> df = df.withColumn("features", array_to_vector(F.array("amount")))
    >>> model = Resampled(sampler=SMOTE(seed=7), estimator=LogisticRegression()).fit(df)
    >>> type(model).__name__, model.transform(df).count()
    ('LogisticRegressionModel', 120)
    """

    correctPrior = Parameter(BOOL, TRUE_OR_FALSE, default=False)

    def __init__(self, *, sampler: Any = None, estimator: Any = None, **params: Any) -> None:
        super().__init__()
        self._setDefault(correctPrior=False)
        if sampler is not None or estimator is not None:
            check_estimator(estimator)
            self._set(stages=[*passing([step.copy() for step in flat(sampler)]), estimator])
        self._set_all(params)

    def getSampler(self) -> list[Any]:
        """The samplers in the order in which they resample.

        Examples
        --------
        >>> from pyspark.ml import Pipeline
        >>> from spark_smote import SMOTEENN, Resampled
        >>> resampled = Resampled(sampler=SMOTEENN(), estimator=Pipeline(stages=[]))
        >>> [type(sampler).__name__ for sampler in resampled.getSampler()]
        ['SMOTE', 'EditedNearestNeighbours']
        """
        return self._stages()[:-1]

    def getEstimator(self) -> Any:
        """The estimator that is fitted on the resampled rows.

        Examples
        --------
        >>> from pyspark.ml import Pipeline
        >>> from spark_smote import SMOTE, Resampled
        >>> type(Resampled(sampler=SMOTE(), estimator=Pipeline(stages=[])).getEstimator()).__name__
        'Pipeline'
        """
        return self._stages()[-1]

    def fit(self, dataset: DataFrame, params: Any = None) -> Any:
        """Fit the estimator on resampled rows.

        Parameters
        ----------
        dataset : DataFrame
        params : dict or list of dict of Param to object, optional
            Parameters of the samplers, of the estimator, or of stages within
            it.

        Returns
        -------
        pyspark.ml.Model or list of pyspark.ml.Model
            The estimator's model; for a list one model for each of its dicts.

        Raises
        ------
        ParameterError, ColumnError
            See :class:`Resampled`.
        SparkSmoteError
            From the samplers.

        Examples
        --------
        >>> from pyspark.ml.classification import LogisticRegression
        >>> from pyspark.ml.functions import array_to_vector
        >>> from pyspark.sql import functions as F
        >>> from spark_smote import RandomOverSampler, Resampled
        >>> df = spark.range(60).selectExpr("CAST(id % 6 = 0 AS DOUBLE) AS label", "id * 1.0D AS amount")
        >>> df = df.withColumn("features", array_to_vector(F.array("amount")))
        >>> sampler = RandomOverSampler()
        >>> resampled = Resampled(sampler=sampler, estimator=LogisticRegression(maxIter=2))
        >>> len(resampled.fit(df, [{sampler.samplingStrategy: 0.5}, {sampler.samplingStrategy: 1.0}]))
        2
        """
        self._stages()
        check_grid(self, [params] if isinstance(params, dict) else params or [])
        return super().fit(dataset, params)

    def copy(self, extra: Any = None) -> Any:
        """A copy with the same uid, of copies of the samplers and the estimator.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Parameters of the samplers and the estimator to set on the copies.

        Raises
        ------
        ParameterError
            For values of a wrong type.

        Examples
        --------
        >>> from pyspark.ml import Pipeline
        >>> from spark_smote import SMOTE, Resampled
        >>> smote = SMOTE()
        >>> copied = Resampled(sampler=smote, estimator=Pipeline(stages=[])).copy({smote.kNeighbors: 3})
        >>> copied.getSampler()[0].getOrDefault("kNeighbors"), smote.isSet("kNeighbors")
        (3, False)
        """
        try:
            return super().copy(extra)
        except TypeError as error:
            raise ParameterError(str(error)) from error

    def write(self) -> MLWriter:
        """A writer that saves the samplers, the estimator, and the parameters
        of this object.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> from pyspark.ml.classification import LogisticRegression
        >>> from spark_smote import SMOTE, Resampled
        >>> with TemporaryDirectory() as folder:
        ...     Resampled(sampler=SMOTE(), estimator=LogisticRegression()).save(f"{folder}/resampled")
        ...     type(Resampled.load(f"{folder}/resampled").getEstimator()).__name__
        'LogisticRegression'
        """
        settings = Params.copy(self)
        settings.clear(settings.stages)
        return PartsWriter(settings, Pipeline(stages=self._stages()), "stages")

    @classmethod
    def read(cls) -> Any:
        """A reader for the format of :meth:`write`; :meth:`load` uses it."""
        return PartsReader(cls, Pipeline, "stages", lambda loaded, parts: loaded.setStages(parts.getStages()))

    def _set_all(self, params: dict[str, Any]) -> None:
        known = [param.name for param in self.params if param.name != "stages"]
        for name, value in params.items():
            if name not in known:
                raise ParameterError(
                    f"{type(self).__name__} has no parameter {name!r}; it has sampler, estimator, {', '.join(known)}"
                )
            try:
                self._set(**{name: value})
            except TypeError as error:
                raise ParameterError(str(error)) from error

    def _stages(self) -> list[Any]:
        if not self.isSet(self.stages):
            raise ParameterError(f"{type(self).__name__} has no sampler and no estimator; give both")
        return list(self.getStages())

    def _fit(self, dataset: DataFrame) -> Any:
        corrects = self.getOrDefault(self.correctPrior)
        *samplers, estimator = self._handing_on()
        if corrects:
            probabilistic(estimator, "correctPrior")
        check_columns(dataset, samplers, estimator)
        chain, rows = Chain(*samplers), nullable(needed(dataset, samplers, estimator), samplers)
        with FrameCache(dataset.sparkSession, self._staging()) as cache:
            plan = chain.plan(rows)
            cache.callback(plan.release)
            check_labels(plan, estimator)
            resampled = cache.keep(chain.resample(rows, plan))
            model = estimator.fit(resampled)
            return _corrected(model, dataset, resampled) if corrects else model

    def _handing_on(self) -> list[Any]:
        """Copies of the samplers and the estimator, with the column names that are set on this object."""
        names = [name for name in _HANDED_ON if self.isSet(self.getParam(name))]
        stages = [stage.copy() for stage in self._stages()]
        for stage in stages:
            stage._set(**{name: self.getOrDefault(name) for name in names if stage.hasParam(name)})
        return stages


def _corrected(model: Model, dataset: DataFrame, resampled: DataFrame) -> PipelineModel:
    """The model followed by the correction, as stages of stock Spark."""
    predictor = probabilistic(model, "correctPrior")
    trained, true = class_counts(model, resampled, dataset)
    column = predictor.getProbabilityCol()
    predictor.set(predictor.probabilityCol, f"{column}_resampled")
    correction = PriorCorrection(
        trainPriors=trained, truePriors=true, probabilityCol=f"{column}_resampled", outputCol=column
    )
    return PipelineModel([model, *correction.stages(f"{column}_scaled")])
