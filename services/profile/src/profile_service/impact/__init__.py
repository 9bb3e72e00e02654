"""The formulas of METRICS behind a company's figures, each a pure function with its vectors."""
