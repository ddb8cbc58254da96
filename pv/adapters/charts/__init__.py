"""Figures as pictures: placed here once, shown as SVG on a page and drawn in a document."""
