"""Work, files and figures of ``jingkai uncertainty`` and ``jingkai recover``."""
