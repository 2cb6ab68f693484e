"""Shopkeeper: from a brand's raw exports to decisions in money, with honest uncertainty."""
