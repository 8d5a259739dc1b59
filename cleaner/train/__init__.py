"""Labelled documents to a fitted, measured and described model."""
