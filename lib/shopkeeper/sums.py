"""Sums that come out the same to the last bit, in whatever order and on however many cores rows are added."""

import ibis.expr.types as ir

_PARTS = 2**30  # of a unit: whole numbers of these add up exactly, where fractions round as they meet


def total(values: ir.NumericValue) -> ir.FloatingValue:
    """The sum, each value to the nearest 2^-30 (values below 8 billion in size), null where all are null.

    A sampler that starts from sums which differ in their last bit ends in other draws: what a fit is made of is added up here.
    """
    return (values * _PARTS).round().cast("int64").sum().cast("float64") / _PARTS
