"""What people open in a browser: the server's shell and the phone's pages."""
