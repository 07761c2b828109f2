"""Work, files and workbooks of ``jingkai audit``."""
