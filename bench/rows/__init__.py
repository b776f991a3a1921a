"""The measurements: each module measures one thing and returns its rows of the table."""
