"""What readers see for the codes of units and regions."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.core.regions import Regions


def unit_labels(units: pd.DataFrame, lang: str) -> pd.Series:
    """Return the name of every unit in ``lang``, else its code.

    Parameters
    ----------
    units : pandas.DataFrame
        Index: codes; ``name`` and, where English names are known, ``name_en``.
    lang : {"zh", "en"}

    Returns
    -------
    pandas.Series
        Two units of one name have their codes after it.
    """
    named = units["name"].astype(str)
    if lang == "en" and "name_en" in units:
        english = units["name_en"].fillna("").astype(str)
        named = english.where(english != "", named)
    codes = pd.Series(named.index.astype(str), index=named.index)
    named = named.where(named != "", codes)
    return named.where(~named.duplicated(keep=False), named + " (" + codes + ")")


def region_labels(codes: Iterable[str], known: Regions | None, lang: str) -> dict[str, str]:
    """Return the names of the regions there are, as their set lists them, others after it.

    Units without a region have no entry.
    """
    present = {code for code in codes if code}
    listed = [code for code in (known.codes if known is not None else ()) if code in present]
    labels = {code: known.label(code, lang) for code in listed} if known is not None else {}
    return labels | {code: code for code in sorted(present - set(listed))}
