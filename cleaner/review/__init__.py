"""The local page on which people correct labels: what is shown, what is saved, and a small server for one person."""
