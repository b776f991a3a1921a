"""The annotation page: its server, proposals, coach.

Plain. Imports images and dataset.
"""
