"""Tables of nominal and effective weights."""

from __future__ import annotations

import pandas as pd

from analysis.core.effective import effective_weights
from analysis.reporting.markdown import Markdown
from analysis.reporting.report import Report


def weights_of(report: Report) -> pd.DataFrame:
    """Return nominal and effective weights of all nodes below the index, by node."""
    frame = effective_weights(report.scores, report.framework, report.year)
    return frame.set_index("node")


def groups(report: Report) -> Markdown:
    """Return the weights of the groups (the children of the index), in per cent."""
    weights = weights_of(report).loc[list(report.framework.groups)]
    return _table(report, weights["nominal"], weights["effective"])


def items(report: Report) -> Markdown:
    """Return the weights of the items in the index, in per cent."""
    weights = weights_of(report).loc[list(report.framework.items)]
    return _table(report, weights["nominal_index"], weights["effective_index"])


def _table(report: Report, nominal: pd.Series, effective: pd.Series) -> Markdown:
    headings = [report.t(f"weights.col.{name}") for name in ("nominal", "effective", "ratio")]
    frame = pd.DataFrame(
        {
            report.t("col.code"): nominal.index,
            report.t("data.col.node"): [report.node_label(code) for code in nominal.index],
            headings[0]: 100 * nominal.to_numpy(dtype=float),
            headings[1]: 100 * effective.to_numpy(dtype=float),
            headings[2]: (effective / nominal).to_numpy(dtype=float),
        }
    )
    decimals = dict(zip(headings, (1, 1, 2), strict=True))
    return report.markdown(frame, decimals=decimals, note=report.t("weights.note"))
