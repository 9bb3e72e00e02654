"""Files that people take away: workbooks that hold texts and nothing that runs."""
