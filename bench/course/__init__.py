"""The course's way, re-implemented plainly, for the measurements to stand against."""
