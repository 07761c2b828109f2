"""jingkai (经开): composite indicators, the zones' rules, and reports.

Three wings, importing in one direction only:

``analysis.core``
    a general composite-indicator engine that has never heard of zones;
``analysis.zones``
    what is particular to national economic and technological development
    zones and to the ministry's rules;
``analysis.reporting``
    figures, tables, running notebooks, rendering, the command line.
"""

__version__ = "0.1.0"
