"""A model of bars as notes, led by a vector; the synthesiser renders what it writes."""
