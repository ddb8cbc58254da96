"""`./run check`, `./run doctor` and the pages and catalogues drawn from the code."""
