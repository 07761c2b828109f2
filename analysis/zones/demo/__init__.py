"""The demonstration panel: synthetic zones, calibrated to published totals.

`draw_panel` draws one from a seed; ``python -m analysis.zones.demo`` writes
the shipped one.
"""

from analysis.zones.demo.panel import draw_panel

__all__ = ["draw_panel"]
