"""Pricing: what the price does, and what it should be."""
