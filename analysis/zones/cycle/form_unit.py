"""A unit for which a form is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FormUnit:
    """A unit for which a form is made.

    Attributes
    ----------
    facts : mapping of str to str
        What is known of it, by the names of `FormSpec.facts`; ``unit`` is its
        code (``""``: left to whoever fills in the form).
    before : mapping of str to float
        Its values of the year before.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
