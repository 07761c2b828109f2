"""What a zone is like: openness, research, energy, size; and the classes they make."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.core.comparing.predictors import Predictor
from analysis.core.panel import Panel

# Amounts as in data/demo/primitives.csv: trade, gdp, rd_exp, revenue, va_ind in CNY 100 million,
# fdi in USD million, energy in 10,000 tonnes of coal equivalent.
CHARACTERISTICS = (
    Predictor("trade_openness", "share", ("trade", "gdp"), "log1p"),
    Predictor("fdi_openness", "ratio", ("fdi", "gdp"), "log1p"),
    Predictor("research_intensity", "share", ("rd_exp", "revenue"), "linear"),
    Predictor("energy_intensity", "ratio", ("energy", "va_ind"), "log"),
    Predictor("size", "level", ("gdp",), "log"),
)
# The fdi of a zone in USD million over its gdp in CNY 100 million: USD per CNY 10,000 is 100 times.
FACTORS = {"share": 100.0, "ratio": 1.0, "level": 1.0}
OWN_FACTORS = {"fdi_openness": 100.0}
# The classes of the summary: thirds by size and by openness to trade.
CLASSES = ("size", "trade_openness")


def characteristics(panel: Panel, year: int) -> pd.DataFrame:
    """Return what the assessed zones of a year are like.

    ================== ============================================ ===============
    trade_openness     ``100 trade / gdp``                          %
    fdi_openness       ``100 fdi / gdp``                            USD per CNY 10,000
    research_intensity ``100 rd_exp / revenue``                     %
    energy_intensity   ``energy / va_ind``                          tce per CNY 10,000
    size               ``gdp``                                      CNY 100 million
    ================== ============================================ ===============

    Foreign capital is that without reinvestment, which both years of a change
    of edition have. No exchange rate is assumed: the regression standardises.

    Parameters
    ----------
    panel : Panel
        Of primitives (columns of ``data/demo/primitives.csv``).
    year : int

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, sorted. A characteristic whose primitives the panel
        does not hold has no column; a value is NaN where a primitive is
        missing or a denominator is 0 or less. A year without zones gives no rows.
    """
    assessed = panel.assessed()
    rows = assessed.values.index.get_level_values("year") == year
    values = assessed.values[rows].droplevel("year")
    columns = {}
    for known in CHARACTERISTICS:
        if not set(known.inputs) <= set(values.columns):
            continue
        amounts = [values[code].to_numpy(dtype=np.float64) for code in known.inputs]
        result = amounts[0]
        if known.operation != "level":
            result = result / np.where(amounts[1] > 0, amounts[1], np.nan)
        columns[known.key] = result * OWN_FACTORS.get(known.key, FACTORS[known.operation])
    return pd.DataFrame(columns, index=values.index)
