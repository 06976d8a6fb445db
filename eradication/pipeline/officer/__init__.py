"""The officer's desk: how the target stands, closing a period, and the documents that are signed."""
