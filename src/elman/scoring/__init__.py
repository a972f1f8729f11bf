"""How good predictions are: metrics, intervals, baselines to beat, and the report that says so."""

from elman.scoring.metrics import METRICS, Metric, metric
from elman.scoring.statistics import Difference, Estimate, paired_test, score

__all__ = ["METRICS", "Difference", "Estimate", "Metric", "metric", "paired_test", "score"]
