"""A network learns from a project's records.

TensorFlow. Imports images, scene, dataset, models, evaluation, inference and pipeline.
"""
