"""What is handed in by phones, other telephones, desks and paper: received first, then recorded."""
