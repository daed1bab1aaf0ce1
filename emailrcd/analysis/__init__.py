"""What records tell: tables, comparisons, a verdict, and what explains the failures."""
