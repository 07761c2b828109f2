"""How each primitive is drawn: one line a primitive.

As in `settings`, nothing here is published.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from analysis.zones.demo.settings import FACTORS

TRAITS = ("size", *FACTORS)

Form = Literal["amount", "count", "firms", "part", "whole", "level", "rating", "flag"]


@dataclass(frozen=True)
class Spec:
    """How one primitive is drawn.

    Attributes
    ----------
    form : str
        ``amount``: base ** elasticity * exp(e); ``count``: the same, in whole
        numbers; ``firms``: two such at once (manufacturers of both sizes);
        ``part``: base * logistic(e); ``whole``: base / logistic(e);
        ``level``: exp(e); ``rating``: logistic(e); ``flag``: 1 where e is above
        a threshold. Here e is the sum of loadings on factors, a permanent and
        a moving part of the zone's own.
    base : str
        Primitive that it follows, is a part of, or contains.
    elasticity : float
    loadings : dict
        Factor to coefficient.
    spread, noise, persistence : float
        Of the zone's own permanent and moving part.
    regions : tuple of float
        Added for East, Central, West.
    cap : float, optional
        Largest share (part), largest number (count).
    static : bool
        Whether the base is taken at its mean over the years: a stock that
        does not fall when the base does.
    decimals : int, optional
        Decimals kept, where six digits would be more than anyone reports.
    """

    code: str
    form: Form
    base: str = ""
    elasticity: float = 1.0
    loadings: dict[str, float] = field(default_factory=dict)
    spread: float = 0.0
    noise: float = 0.0
    persistence: float = 0.7
    regions: tuple[float, float, float] = (0.0, 0.0, 0.0)
    cap: float | None = None
    static: bool = False
    decimals: int | None = None


def _spec(
    code: str, form: Form, base: str = "", spread: float = 0.0, noise: float = 0.0, /, **more: Any
) -> Spec:
    """Return a spec; words that name a factor are loadings."""
    loadings = {name: float(more.pop(name)) for name in tuple(more) if name in TRAITS}
    return Spec(code, form, base, loadings=loadings, spread=spread, noise=noise, **more)


# In the order in which they are drawn: a base before what follows it. ``va1``
# (the primary sector) is drawn to leave the secondary one, and not written.
SPECS: tuple[Spec, ...] = (
    _spec("va1", "part", "gdp", 0.7, 0.05, cap=0.15),
    _spec("va3", "part", "gdp", 0.5, 0.05, innovation=0.15, cap=0.8),
    _spec("va_ind", "part", "va2", 0.5, 0.06),
    _spec("output", "amount", "va_ind", 0.15, 0.03),
    _spec("output_lead", "part", "output", 0.6, 0.08),
    _spec("output_ht", "part", "output", 0.6, 0.07, innovation=0.6),
    _spec("revenue", "amount", "gdp", 0.22, 0.03),
    _spec("fiscal", "amount", "gdp", 0.25, 0.03),
    _spec("tax", "part", "fiscal", 0.35, 0.08),
    _spec("budget", "part", "fiscal", 0.30, 0.05),
    _spec("public_spending", "part", "budget", 0.35, 0.07, service=0.15),
    _spec("fiscal_spending", "amount", "budget", 0.12, 0.05),
    _spec("admin_spending", "part", "fiscal_spending", 0.35, 0.06, service=-0.25),
    _spec("st_spending", "amount", "fiscal_spending", 0.45, 0.10, innovation=0.6),
    _spec("employment", "amount", "gdp", 0.25, 0.02, elasticity=0.85),
    _spec("talent", "part", "employment", 0.35, 0.04, innovation=0.40),
    _spec("rd_staff", "part", "employment", 0.30, 0.05, innovation=0.55, cap=0.4),
    _spec("population", "amount", "gdp", 0.40, 0.015, elasticity=0.7),
    _spec("new_jobs", "count", "employment", 0.30, 0.10),
    _spec("n_firms", "count", "gdp", 0.45, 0.03, elasticity=0.7, innovation=0.15),
    _spec("n_mfg15", "firms", "output", 0.30, 0.04),
    _spec("n_listed", "count", "gdp", 0.45, 0.03, innovation=0.6, persistence=0.9),
    _spec("land_planned", "amount", "gdp", 0.45, 0.01, elasticity=0.6),
    _spec("land_developed", "part", "land_planned", 0.50, 0.02),
    _spec("trade", "amount", "gdp", 0.38, 0.08, openness=0.95),
    _spec("trade_ht", "part", "trade", 0.70, 0.09, innovation=0.6),
    _spec("fdi_incl", "amount", "gdp", 0.40, 0.16, elasticity=0.95, openness=0.75),
    _spec("fdi", "part", "fdi_incl", 0.35, 0.15),
    _spec(
        "n_intl_parks", "count", "gdp", 0.30, 0.0, elasticity=0.6, openness=0.7, static=True, cap=6
    ),
    _spec("rd_exp", "part", "revenue", 0.28, 0.04, innovation=0.45, cap=0.12),
    _spec("n_rd_inst", "count", "gdp", 0.35, 0.03, elasticity=0.8, innovation=0.7),
    _spec("n_ht_firms", "count", "n_firms", 0.30, 0.03, elasticity=1.05, innovation=0.8),
    _spec("n_incubators", "count", "gdp", 0.35, 0.02, elasticity=0.7, innovation=0.7),
    _spec("patents", "count", "gdp", 0.35, 0.03, innovation=0.8),
    _spec("n_training", "count", "employment", 0.40, 0.03, elasticity=0.8),
    _spec("n_brands", "count", "gdp", 0.45, 0.02, elasticity=0.7),
    _spec("host_gdp", "whole", "gdp", 0.50, 0.01, size=0.45),
    _spec("host_tax", "whole", "tax", 0.50, 0.02, size=0.45),
    _spec("host_fiscal", "whole", "fiscal", 0.50, 0.02, size=0.45),
    _spec("host_va_ind", "whole", "va_ind", 0.50, 0.02, size=0.45),
    _spec("host_fdi", "whole", "fdi", 0.60, 0.12, size=0.3, openness=0.4),
    _spec("host_trade", "whole", "trade", 0.60, 0.06, size=0.3, openness=0.4),
    _spec("energy", "amount", "va_ind", 0.40, 0.03, green=-0.55),
    _spec("co2_ind", "amount", "energy", 0.15, 0.02),
    _spec("co2_zone", "whole", "co2_ind", 0.40, 0.03),
    _spec("water", "amount", "va_ind", 0.50, 0.05, green=-0.50),
    _spec("waste", "amount", "va_ind", 0.80, 0.08, green=-0.50),
    _spec("waste_used", "part", "waste", 0.80, 0.20, green=0.50),
    _spec("so2", "amount", "gdp", 0.50, 0.08, green=-0.60),
    _spec("nox", "amount", "gdp", 0.45, 0.07, green=-0.55),
    _spec("cod", "amount", "gdp", 0.45, 0.07, green=-0.50),
    _spec("nh3n", "amount", "gdp", 0.45, 0.08, green=-0.50),
    _spec("sewage", "amount", "water", 0.25, 0.03),
    _spec("sewage_treated", "part", "sewage", 0.60, 0.15, green=0.35),
    _spec(
        "n_green_titles", "count", "gdp", 0.40, 0.0, elasticity=0.3, green=0.5, cap=4, static=True
    ),
    _spec("n_joint_parks", "count", "gdp", 0.70, 0.0, elasticity=0.6, static=True),
    _spec(
        "n_paired",
        "count",
        "gdp",
        0.60,
        0.0,
        elasticity=0.6,
        static=True,
        regions=(0.6, -0.5, -1.5),
    ),
    _spec("responsibility", "rating", "", 0.35, 0.25, service=0.35, decimals=1),
    _spec("iso9001", "flag", "", 0.70, 0.0, service=0.8, static=True),
    _spec("one_stop", "flag", "", 0.70, 0.0, service=0.8, static=True),
    _spec("approvals", "count", "n_firms", 0.35, 0.06, elasticity=0.8),
    _spec("approvals_online", "part", "approvals", 0.50, 0.12, service=0.45),
    _spec("startup_days", "level", "", 0.25, 0.05, service=-0.22, decimals=1),
    _spec("approval_days", "level", "", 0.25, 0.04, service=-0.18, decimals=1),
    _spec("n_powers", "count", "", 0.40, 0.0, service=0.30, static=True),
    _spec("admin_staff", "count", "gdp", 0.30, 0.02, elasticity=0.45),
    _spec("appeals", "count", "n_firms", 0.40, 0.08, elasticity=0.7),
    _spec("appeals_settled", "part", "appeals", 0.50, 0.12, service=0.28),
)
