"""What is known of an order: places, the best or the last so many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.core.findings import Finding, InputError


@dataclass(frozen=True)
class Order:
    """A partial order of units; orders add up to all that both say.

    Attributes
    ----------
    rankings : tuple of tuple of tuple of str
        Each is a ranking of sets of units, the best first: every unit of a set is
        ahead of every unit of the next. Nothing is said of units of one set.
    places : mapping of str to str
        What is known of each unit, in the words of a list: ``"3"``, ``"top 30"``.
    """

    rankings: tuple[tuple[tuple[str, ...], ...], ...]
    places: Mapping[str, str]

    def __add__(self, other: Order) -> Order:
        places = dict(self.places)
        for unit, place in other.places.items():
            places[unit] = f"{places[unit]}; {place}" if unit in places else place
        return Order((*self.rankings, *other.rankings), places)

    @property
    def units(self) -> tuple[str, ...]:
        """All units of which something is said, in the order in which they first stand."""
        return tuple(
            dict.fromkeys(u for ranking in self.rankings for tier in ranking for u in tier)
        )

    def among(self, units: Iterable[str]) -> Order:
        """Return what is said of some of the units and no others."""
        kept = set(units)
        rankings = []
        for ranking in self.rankings:
            tiers = (tuple(unit for unit in tier if unit in kept) for tier in ranking)
            rankings.append(tuple(tier for tier in tiers if tier))
        places = {unit: place for unit, place in self.places.items() if unit in kept}
        return Order(tuple(ranking for ranking in rankings if len(ranking) > 1), places)

    def steps(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return each set with the next of its ranking; what follows from them is all there is."""
        return [pair for ranking in self.rankings for pair in pairwise(ranking)]


def places_order(places: Mapping[str, int], rest: Sequence[str] = ()) -> Order:
    """Return the order of a list of places, of all units or of some.

    Of places that are far apart it is known that the one is ahead of the
    other, not how many units stand between them. Of units that share a place
    nothing is said, since places do not tell how their scores were rounded.

    Parameters
    ----------
    places : mapping of str to int
        1 is the best.
    rest : sequence of str
        Units known to come after all of these.

    Returns
    -------
    Order
    """
    tiers = [
        tuple(unit for unit, place in places.items() if place == one)
        for one in sorted(set(places.values()))
    ]
    after = tuple(unit for unit in rest if unit not in places)
    told = {unit: str(place) for unit, place in places.items()}
    told |= dict.fromkeys(after, f"> {max(places.values(), default=0)}")
    return _checked(Order((tuple(tier for tier in (*tiers, after) if tier),), told))


def top_order(top: Sequence[str], others: Sequence[str]) -> Order:
    """Return the order of which only the best are known, not in what order they are.

    Parameters
    ----------
    top : sequence of str
    others : sequence of str
        All units that were assessed, the best among them or not.

    Returns
    -------
    Order
    """
    return _split(top, others, f"≤ {len(top)}", f"> {len(top)}")


def last_order(last: Sequence[str], others: Sequence[str]) -> Order:
    """Return the order of which only the last are known, those of a region say.

    Parameters
    ----------
    last : sequence of str
    others : sequence of str
        All units among which they are the last.

    Returns
    -------
    Order
    """
    rest = [unit for unit in others if unit not in set(last)]
    found = _split(rest, last, "", "")
    words = dict.fromkeys(rest, f"≤ {len(rest)}") | dict.fromkeys(last, f"> {len(rest)}")
    return Order(found.rankings, {unit: f"{words[unit]}/{len(words)}" for unit in words})


def _split(first: Sequence[str], others: Sequence[str], ahead: str, behind: str) -> Order:
    held = set(first)
    rest = tuple(dict.fromkeys(unit for unit in others if unit not in held))
    best = tuple(dict.fromkeys(first))
    tiers = tuple(tier for tier in (best, rest) if tier)
    return _checked(Order((tiers,), dict.fromkeys(best, ahead) | dict.fromkeys(rest, behind)))


def _checked(order: Order) -> Order:
    if not order.steps():
        raise InputError([Finding("error", "local.order_empty")])
    return order
