"""Demand: what will sell of each SKU, and what to have on the shelf for it."""
