"""Weighting: every rule returns a table of weights like any other."""

from analysis.core.weighting.rules import WEIGHTINGS, WeightingRule, weight_findings

__all__ = ["WEIGHTINGS", "WeightingRule", "weight_findings"]
