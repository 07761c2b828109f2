"""The keys of a method file: what each may hold, and which rules look at it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analysis.core.aggregations import AGGREGATIONS
from analysis.core.normalisations import NORMALISATIONS
from analysis.core.parameter import Parameter
from analysis.core.weighting import WEIGHTINGS

Keys = Mapping[str, Parameter]

TREATMENTS = ("jrc", "boxcox", "quantile", "iqr", "none")
IMPUTATIONS = ("none", "mean", "median", "nearest", "interpolate", "regression", "em")
BY_YEARS = ("nearest", "interpolate")
FROM_ITEMS = ("regression", "em")


def _choice(default: str, *words: str) -> Parameter:
    return Parameter("choice", default, choices=(default, *words))


def _share(default: float) -> Parameter:
    return Parameter("number", default, 0.0, 1.0)


KEYS: Mapping[str, Keys] = MappingProxyType(
    {
        "denomination": {"rule": _choice("divide", "none")},
        "screening": {
            "rule": _choice("none", "leave_out", "flag"),
            "unit_share": _share(0.65),
            "group_share": _share(0.0),
            "nonzero_share": _share(0.0),
        },
        "imputation": {
            "rule": Parameter("choice", "none", choices=IMPUTATIONS),
            "within": Parameter("text", ""),
            "over": _choice("year", "pooled"),
            "max_years": Parameter("whole", None, 1),
            "look": _choice("both", "back"),
            "among": _choice("all", "group"),
            "regressors": Parameter("whole", 3, 1),
        },
        "treatment": {
            "rule": Parameter("choice", "jrc", choices=TREATMENTS),
            "skewness": Parameter("number", 2.0, 0),
            "kurtosis": Parameter("number", 3.5, -2),
            "max_points": Parameter("whole", 5, 0),
            "transform": _choice("log_ct", "log_ct_plus", "boxcox", "none"),
            "power": Parameter("number", None, -5, 5),
            "lower_quantile": _share(0.05),
            "upper_quantile": _share(0.95),
            "whisker": Parameter("number", 1.5, 0),
            "over": _choice("year", "pooled"),
        },
        "normalisation": {
            "rule": Parameter("choice", "efficacy", choices=tuple(NORMALISATIONS)),
            "lower": Parameter("number"),
            "upper": Parameter("number"),
            "over": _choice("year", "pooled", "base"),
            "base": Parameter("whole", None, 1, 9999),
            "within": Parameter("text", ""),
            "reference": Parameter("text", "best"),
            "cap": Parameter("flag", False),
            "threshold": Parameter("number", 0.2, 0),
            "cuts": Parameter("numbers", (), 0, 100),
            "grades": Parameter("numbers", ()),
            "mean": Parameter("number", 0.0),
            "sd": Parameter("number", 1.0, 1e-300),
        },
        "weighting": {
            "rule": Parameter("choice", "given", choices=tuple(WEIGHTINGS)),
            "over": _choice("pooled", "year"),
        },
        "aggregation": {"rule": Parameter("choice", "arithmetic", choices=tuple(AGGREGATIONS))},
        "missing": {"rule": _choice("renormalise", "none"), "min_share": _share(0.65)},
        "ranking": {"decimals": Parameter("whole", 9, 0, 15)},
    }
)
# Rules with parameters of their own, by section.
RULES: Mapping[str, Mapping[str, Keys]] = MappingProxyType(
    {
        "weighting": {name: rule.parameters for name, rule in WEIGHTINGS.items()},
        "aggregation": {name: rule.parameters for name, rule in AGGREGATIONS.items()},
    }
)
# Keys that say nothing under some rules: the rules that look at them. (Those of treatment
# and normalisation may be meant for items that have a rule of their own.)
USED_BY: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("screening", "unit_share"): ("leave_out", "flag"),
        ("screening", "group_share"): ("leave_out", "flag"),
        ("screening", "nonzero_share"): ("leave_out", "flag"),
        ("imputation", "within"): ("mean", "median", *FROM_ITEMS),
        ("imputation", "over"): ("mean", "median", *FROM_ITEMS),
        ("imputation", "max_years"): BY_YEARS,
        ("imputation", "look"): ("nearest",),
        ("imputation", "among"): FROM_ITEMS,
        ("imputation", "regressors"): ("regression",),
        ("weighting", "over"): tuple(n for n, rule in WEIGHTINGS.items() if rule.needs_data),
    }
)


def keys_of(section: str, rule: str) -> Keys:
    """Return the keys of a section under a rule, those of the rule included."""
    return {**KEYS[section], **RULES.get(section, {}).get(rule, {})}
