"""Template tags of the safety pages."""
