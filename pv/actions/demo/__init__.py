"""The demo's world: invented people, lives and cases, told through the real actions."""
