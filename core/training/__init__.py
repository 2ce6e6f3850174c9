"""How a model is made: manifest, probe, fine-tuning, evaluation, bundle.

Importing this package does not import torch; its modules `probe`, `loop` and `recipe` do.
"""
