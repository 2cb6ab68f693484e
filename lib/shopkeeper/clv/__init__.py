"""CLV: what each customer will still be worth, and how much one may cost."""
