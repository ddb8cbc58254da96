"""`./run demo` and `./run manage`: the product on embedded engines, in one foreground command."""
