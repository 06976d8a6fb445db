"""How people walk there, and which places a patrol can visit within its hours."""
