"""Customers: who they are, how often they come back, and what they bring."""
