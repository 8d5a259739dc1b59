"""The paragraph model, the sequence model, the decisions on top of them, and the bundle that holds them."""
