"""How often a detector is right: verdict, figures, report.

Plain. Imports images and dataset.
"""
