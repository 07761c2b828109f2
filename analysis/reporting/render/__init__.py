"""Rendering of the Quarto project: by pandoc and Typst, or by Quarto where it is installed."""

from analysis.reporting.render.errors import Place, RenderError
from analysis.reporting.render.site import FORMATS, Rendered, render_site

__all__ = ["FORMATS", "Place", "RenderError", "Rendered", "render_site"]
