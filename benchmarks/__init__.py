"""Measurements of pruned networks against other libraries; `make bench` runs them all."""
