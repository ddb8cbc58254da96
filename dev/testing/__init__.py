"""`./run test` and the plugins it gives pytest; the long comparisons."""
