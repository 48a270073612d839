"""`wordtone report catalogue`: one page of HTML that needs nothing but itself."""
