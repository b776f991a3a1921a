"""A project's pictures and annotations: places, formats, checks, split, conversion to TFRecords.

Plain. Imports images and scene.
"""
