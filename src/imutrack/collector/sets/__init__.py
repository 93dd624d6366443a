"""Sets: looked at while they are done, analysed and stored when they end, by a process of their own."""
