"""Files a spreadsheet program opens, in which no text becomes a formula."""
