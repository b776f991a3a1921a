"""pipeline.config: read, fitted to a project, written.

TensorFlow. Imports dataset and models.
"""
