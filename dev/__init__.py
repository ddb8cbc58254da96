"""Machinery for development and the demo; the product never imports it.

Where to start reading: `supervisor` is `./run demo`, `pytest_engines` is the ground of the tests,
`check` is `./run check`. Below them: `stack` (web, worker, beat), `postgres` and `valkey` (the
embedded engines), `databases` (roles, databases, clones), `processes` (children that never
outlive their parent), `places` (where files go) and `environments` (what settings read).
"""
