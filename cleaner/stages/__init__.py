"""Thin adapters to other people's pipelines: each hands batches to `clean_batch`, and none knows a step of ours.

A module an engine, so that importing one asks for no other's packages: `arrow`, `spark`, `ray`, `datatrove`, `huggingface`,
`sklearn`, `langchain`, `haystack`, `llamaindex`, `spacy`, and `service` for HTTP.
"""
