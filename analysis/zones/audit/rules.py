"""The rules of an audit: one small specification for each kind, all settings in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from analysis.core.findings import Severity

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule has.

    Attributes
    ----------
    id : str
        Its name in lists and acceptances.
    severity : {"error", "warning", "note"}
    title_zh, title_en : str
    why_zh, why_en : str
        Where its thresholds come from, or that they are assumed.
    question_zh, question_en : str
        A question of the rule's own, taken as it is; empty: that of its kind.
    """

    id: str
    severity: Severity
    title_zh: str
    title_en: str
    why_zh: str
    why_en: str
    question_zh: str = ""
    question_en: str = ""

    def title(self, lang: str) -> str:
        """Return the title in ``lang``."""
        return self.title_zh if lang == "zh" else self.title_en

    def why(self, lang: str) -> str:
        """Return where the thresholds come from, in ``lang``."""
        return self.why_zh if lang == "zh" else self.why_en

    def question(self, lang: str) -> str:
        """Return the rule's own question in ``lang``, ``""`` if it has none."""
        return self.question_zh if lang == "zh" else self.question_en


@dataclass(frozen=True, kw_only=True)
class _OfCodes(Rule):
    """A rule on many columns.

    Attributes
    ----------
    codes : tuple of str
        Items or primitives; ``("all",)``: all that the panel holds and the
        framework needs.
    excluding : tuple of str
    """

    codes: tuple[str, ...] = (ALL,)
    excluding: tuple[str, ...] = ()

    def of(self, known: tuple[str, ...], asked: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the columns of ``known`` that the rule is on, in the rule's order.

        A rule on all columns is on those ``asked`` for (None: every one).
        """
        wanted = self.codes
        if ALL in self.codes:
            wanted = tuple(code for code in known if asked is None or code in asked)
        return tuple(code for code in wanted if code in known and code not in self.excluding)


@dataclass(frozen=True, kw_only=True)
class Range(_OfCodes):
    """``least <= x <= most``, and a whole number where ``whole``.

    With ``reported`` only columns that the panel itself holds are judged, not
    items that follow from others (which have rules of their own).
    """

    least: float | None = None
    most: float | None = None
    whole: bool = False
    reported: bool = False


@dataclass(frozen=True, kw_only=True)
class Missing(_OfCodes):
    """No cell of an assessed unit is empty; one whose reason is known is only noted."""


@dataclass(frozen=True, kw_only=True)
class Jump(_OfCodes):
    """A change from the year before that is unlike the zone's own and its region's.

    Attributes
    ----------
    scale : {"log", "difference"}
        ``ln(x_t / x_(t-1))`` or ``x_t - x_(t-1)``.
    against : tuple of {"history", "region"}
        The zone's own earlier changes; the changes of its region this year.
    needs : {"all", "any"}
        Whether the change has to stand out against all of them that can be had.
    limit : float
        Of the absolute robust z.
    least_change : float
        Smaller changes are none: in per cent (log), in the item's unit (difference).
    small : float
        Nothing is said of a cell where both years lie below it.
    floor : float
        Least spread that is believed in, on the scale of the change.
    least_years, least_units : int
        Fewer earlier changes or zones of the region are nothing to compare with.
    breaks : tuple of int
        Years in which the definition changed.
    """

    scale: str = "log"
    against: tuple[str, ...] = ("history", "region")
    needs: str = "all"
    limit: float = 3.5
    least_change: float = 20.0
    small: float = 0.0
    floor: float = 0.02
    least_years: int = 4
    least_units: int = 10
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part(Rule):
    """``sum(parts) <= whole``; with ``exact`` the parts make up the whole.

    ``tolerance`` is in per cent of the whole.
    """

    parts: tuple[str, ...]
    whole: str
    exact: bool = False
    tolerance: float = 0.01


@dataclass(frozen=True, kw_only=True)
class Share(Rule):
    """A reported share is ``100 part / whole``, within ``tolerance`` points."""

    share: str
    part: str
    whole: str
    tolerance: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Growth(Rule):
    """A reported growth rate is ``100 (x_t / x_(t-1) - 1)``, within ``tolerance`` points.

    Not held against levels whose ``same`` fields of the evidence differ
    between the years.
    """

    growth: str
    level: str
    tolerance: float = 0.1
    same: tuple[str, ...] = ("basis", "currency", "boundary")


@dataclass(frozen=True, kw_only=True)
class Real(Rule):
    """A reported real growth rate leaves a deflator between ``least`` and ``most`` per cent.

    ``deflator = 100 ((x_t / x_(t-1)) / (1 + real / 100) - 1)``.
    """

    real: str
    level: str
    least: float
    most: float
    same: tuple[str, ...] = ("basis", "currency", "boundary")


@dataclass(frozen=True, kw_only=True)
class Published(Rule):
    """The zones' sum agrees with the published total, within its rounding and ``tolerance``.

    Attributes
    ----------
    code : str
    metric, basis : str
        Of ``data/aggregates.csv``.
    factors : mapping of str to float
        What one of the published unit is in units of the panel.
    tolerance : float
        In per cent of the total.
    """

    code: str
    metric: str
    basis: str
    factors: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    tolerance: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Totals(Rule):
    """Sums agree with a table of totals (see `analysis.zones.audit.totals`).

    ``tolerance``, in per cent, is for rows of the table that name none.
    """

    tolerance: float = 0.5


@dataclass(frozen=True, kw_only=True)
class LastDigits(_OfCodes):
    """The last digits of a zone's values are spread as chance would have it.

    ``alpha`` is shared among the zones (Bonferroni). Numbers of fewer than
    ``digits`` digits do not count, zones with fewer than ``least`` numbers
    are not judged. ``least`` is low enough for a form of the 2021 edition,
    which has 32 figures; the chi-square limit names some more by chance there.
    """

    alpha: float = 0.01
    digits: int = 3
    least: int = 20


@dataclass(frozen=True, kw_only=True)
class FirstDigits(_OfCodes):
    """The first digits of a column follow Benford's law.

    Judged are columns with at least ``least`` positive values whose largest
    is ``spread`` times the smallest or more, by the mean absolute deviation
    of the nine shares (``deviation``) and by chance (``alpha``, Bonferroni).
    """

    alpha: float = 0.01
    deviation: float = 0.015
    least: int = 100
    spread: float = 100.0


@dataclass(frozen=True, kw_only=True)
class Copied(_OfCodes):
    """A value of ``digits`` or more digits is not last year's to the last of them."""

    digits: int = 4


@dataclass(frozen=True, kw_only=True)
class Evidence(_OfCodes):
    """Every value of an assessed unit has its evidence.

    Attributes
    ----------
    fields : tuple of str
        Columns of the evidence that must not be empty.
    steady : tuple of str
        Columns that should say the same as the year before.
    years : tuple of int
        A date lies at least and at most so many years after the data year.
    """

    fields: tuple[str, ...] = ("source", "date", "basis")
    steady: tuple[str, ...] = ("basis", "currency", "boundary")
    years: tuple[int, ...] = (0, 2)


KINDS: Mapping[str, type[Rule]] = MappingProxyType(
    {
        "range": Range,
        "missing": Missing,
        "jump": Jump,
        "identity.part": Part,
        "identity.share": Share,
        "identity.growth": Growth,
        "identity.real": Real,
        "total.published": Published,
        "total.table": Totals,
        "digits.last": LastDigits,
        "digits.first": FirstDigits,
        "digits.copied": Copied,
        "evidence": Evidence,
    }
)
"""Each kind of rule, by the word that stands for it in a file of rules."""


def kind_of(rule: Rule) -> str:
    """Return the word that stands for a rule's kind in a file."""
    return next(kind for kind, form in KINDS.items() if type(rule) is form)
