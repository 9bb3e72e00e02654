"""Which figures a company may see, so that no small group can be had from all it has ever seen."""
