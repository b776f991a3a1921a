"""The annotation page: its server, proposals, coach.

Plain. Imports images, dataset and place.
"""
