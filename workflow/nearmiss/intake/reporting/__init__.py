"""The pages of everybody: the form, the receipt, what became of a report, and how those who report are protected."""
