"""A trained network becomes a model folder and is compared with the original.

TensorFlow. Imports images, dataset, models, evaluation, inference, pipeline and training.
"""
