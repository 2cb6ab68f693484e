"""Every reason for which a row can be left out, beside the rules that the mappings state. Reports translate them."""

MISSHAPEN = "more or fewer cells than headers"
LONG = "a cell of more than 32,767 characters"
LOST_DIGITS = "a number stored in short form (1.2E+18): its last digits are lost"
HEADER_AGAIN = "the headers once more"
TOTALS = "a row of totals"
FORGOTTEN = "of a person who asked to be forgotten"
COPY = "stands in two exports, counted once"
REPLACED = "replaced by a newer export"
REPEATED = "repeated row"
CONTRADICTED = "different rows under one key"
UNEQUAL = "net_revenue is not the sum of the order's lines"
NOT_IN_ORDERS = "its order is not in orders"
ORDER_REJECTED = "its order was rejected"
ORDER_EXCLUDED = "its order is left out by a rule"
SIBLING = "another line of its order was rejected"
NO_PARENT = "what it belongs to is not there"
NO_TABLE = "what it is cannot be told from its cells"
UNMATCHED = "cancellation of an order that is not in the data"

# Rows that no one means as data: excluded, not rejected.
NO_DATA = (HEADER_AGAIN, TOTALS)

# Said of a column, after its name and a colon.
MISSING = "missing"
FUTURE = "in the future"
SERIAL = "a spreadsheet's day number; the column must be formatted as date and time"
NOT_CURRENCY = "not the code of a currency"
ABOVE_1 = "above 1, where a share from 0 to 1 is meant"
BELOW = {0.0: "below 0", 1.0: "below 1"}
NOT = {
    "integer": "not a whole number",
    "number": "not a number",
    "money": "not an amount of money",
    "rate": "not a share from 0 to 1",
    "time": "not a time",
    "date": "not a date",
    "flag": "not yes or no",
}

ALL = (
    MISSHAPEN, LONG, LOST_DIGITS, HEADER_AGAIN, TOTALS, FORGOTTEN, COPY, REPLACED, REPEATED, CONTRADICTED, UNEQUAL,
    NOT_IN_ORDERS, ORDER_REJECTED, ORDER_EXCLUDED, SIBLING, NO_PARENT, NO_TABLE, UNMATCHED, MISSING, FUTURE, SERIAL, NOT_CURRENCY, ABOVE_1, *BELOW.values(), *NOT.values(),
)  # fmt: skip
