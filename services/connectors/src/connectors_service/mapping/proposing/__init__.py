"""Which field a column of an unknown name may feed, with the reasons in words."""
