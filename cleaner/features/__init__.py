"""A batch of paragraphs to sparse matrices of terms and shape columns; pure functions."""
