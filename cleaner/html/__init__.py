"""Web pages: the tree → paragraphs with what the markup says of each; the only room that knows lxml and trafilatura."""
